import assert from "node:assert/strict";
import { test } from "node:test";
import { Counting } from "../../chat_service/static/js/counting.js";
import { Drafts } from "../../chat_service/static/js/drafts.js";
import { LastRoom } from "../../chat_service/static/js/last_room.js";
import { Members } from "../../chat_service/static/js/members.js";
import { durationOf, listed, noticeOf } from "../../chat_service/static/js/notices.js";
import { Notifying, isWorthCalling } from "../../chat_service/static/js/notifying.js";
import { pathOf, placeOf } from "../../chat_service/static/js/place.js";
import { pinsOf } from "../../chat_service/static/js/pins.js";
import { titleOf } from "../../chat_service/static/js/room_state.js";
import { grouped, neighbour, totals } from "../../chat_service/static/js/sidebar_order.js";
import { mayInvite, mayModerate, mayModeratePerson, mayOwn, mayPin } from "../../chat_service/static/js/standing.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";
import { Tabs } from "../../chat_service/static/js/tabs.js";
import { Thread } from "../../chat_service/static/js/thread.js";
import { ADA, FakeSurroundings, LINUS, change, join, message, roomState, settled } from "./fakes.mjs";

const room = (more) => ({ id: more.id ?? more.name, title: more.name ?? "", state: roomState(more) });

test("an address leads to a room and perhaps a message, and back", () => {
  assert.deepEqual(placeOf("/rooms/lobby"), { room: "lobby", seq: null });
  assert.deepEqual(placeOf("/rooms/a%20b/17"), { room: "a b", seq: 17 });
  for (const path of ["/", "/rooms/", "/rooms/a/b", "/rooms/%ff", "/login"]) assert.equal(placeOf(path), null, path);
  assert.deepEqual(placeOf(pathOf("a b", 17)), { room: "a b", seq: 17 });
});

test("each person comes back to where they were, and a full storage stops nobody", () => {
  const storage = new MemoryStorage();
  const last = new LastRoom(storage, "a");
  assert.equal(last.id, null);
  last.remember("kitchen");
  assert.deepEqual([last.id, new LastRoom(storage, "l").id], ["kitchen", null]);
  storage.setItem = () => {
    throw new Error("quota");
  };
  last.remember("attic");
});

test("rooms go by name with the archived last, conversations by who is in them", () => {
  const all = [room({ name: "b" }), room({ name: "z", archived: true }), room({ name: "a" }), room({ name: "ken", kind: "direct" })];
  const { rooms, conversations } = grouped(all);
  assert.deepEqual(rooms.map(({ title }) => title), ["a", "b", "z"]);
  assert.deepEqual(conversations.map(({ title }) => title), ["ken"]);
});

test("the next room is the one below, round at the end, and with unread messages if asked", () => {
  const order = [room({ name: "a" }), room({ name: "b", unread: 1 }), room({ name: "c" }), room({ name: "d", unread: 1, level: "nothing" })];
  assert.equal(neighbour(order, "a", 1, false).id, "b");
  assert.equal(neighbour(order, "a", -1, false).id, "d");
  assert.equal(neighbour(order, "c", 1, true).id, "b");
  assert.equal(neighbour(order, "b", 1, true), undefined);
});

test("mentions and direct messages call, other unread ones are counted by room, silent rooms not at all", () => {
  const all = [room({ name: "a", unread: 5, mentions: 2 }), room({ name: "b", kind: "direct", unread: 3 }), room({ name: "c", unread: 9, mentions: 9, level: "nothing" })];
  assert.deepEqual(totals(all), { calls: 5, unread: 2 });
});

test("a conversation is called after the others in it", () => {
  assert.equal(titleOf(roomState({ kind: "direct", name: "", people: [ADA, LINUS] }), "a"), "Linus");
  assert.equal(titleOf(roomState({ name: "hall" }), "a"), "hall");
});

test("who may do what follows from rank, and an administrator owns what is public", () => {
  const moderator = roomState({ role: "moderator" });
  assert.deepEqual([mayModerate(moderator), mayOwn(moderator), mayModeratePerson(moderator, false, "moderator"), mayModeratePerson(moderator, false, "member")], [true, false, false, true]);
  assert.deepEqual([mayOwn(roomState({}), true), mayOwn(roomState({ kind: "private" }), true)], [true, false]);
  assert.deepEqual([mayPin(roomState({ kind: "direct" })), mayPin(roomState({}))], [true, false]);
  assert.deepEqual([mayInvite(roomState({})), mayInvite(roomState({ kind: "private" }))], [true, false]);
});

test("what happened to a room is told in words", () => {
  const words = (entry, people = [entry.author]) => noticeOf(entry, people).map((part) => part.name ?? part).join("");
  const by = { author: ADA, person: LINUS, at: 0 };
  assert.equal(words(join(1), [ADA, LINUS]), "Ada and Linus joined");
  assert.equal(words({ type: "mute", until: 600_000, ...by }), "Ada muted Linus for 10 minutes");
  assert.equal(words({ type: "role", role: "moderator", ...by }), "Ada made Linus a moderator");
  assert.equal(words({ type: "slow_mode", seconds: 30, ...by }), "Ada set slow mode: one message every 30 seconds");
  assert.equal(words({ type: "topic", topic: "", ...by }), "Ada removed the topic");
  assert.equal(words({ type: "role", author: ADA, person: ADA, role: "owner" }), `${ADA.name} owns this room now`);
  assert.deepEqual(noticeOf({ type: "hologram", ...by }, [ADA]), []);
});

test("lists and durations are short", () => {
  assert.equal(listed(["a", "b", "c", "d", "e"]).join(""), "a, b, c and 2 others");
  assert.equal(listed(["a", "b", "c", "d"]).join(""), "a, b, c and d");
  assert.deepEqual([1_000, 60_000, 7_200_000, 7 * 86_400_000].map(durationOf), ["1 second", "1 minute", "2 hours", "7 days"]);
});

test("each person has a draft for each room, and a full storage stops nobody", () => {
  const storage = new MemoryStorage();
  const drafts = new Drafts(storage, "a");
  drafts.set("lobby", "half a");
  assert.equal(drafts.get("lobby"), "half a");
  assert.equal(new Drafts(storage, "l").get("lobby"), "");
  assert.equal(drafts.roomOf("parley.draft.a.lobby"), "lobby");
  assert.equal(drafts.roomOf("parley.draft.l.lobby"), null);
  drafts.set("lobby", "");
  assert.equal(storage.length, 0);
  storage.setItem = () => {
    throw new Error("quota");
  };
  drafts.set("lobby", "more");
});

test("more rooms than one question may have are counted by several", async () => {
  const surroundings = new FakeSurroundings();
  const questions = [];
  const request = async ({ rooms }) => (questions.push(rooms), { rooms: rooms.map((room) => ({ room, read: 0, unread: 1, mentions: 0 })) });
  const counted = [];
  const counting = new Counting({ request, surroundings, onCounted: ({ room }) => counted.push(room) });
  const rooms = Array.from({ length: 250 }, (_, number) => `r-${number}`);
  for (const room of rooms) counting.doubt(room);
  for (let round = 0; round < 3; round += 1) {
    surroundings.pass(1_000);
    await settled();
  }
  assert.deepEqual(questions.map(({ length }) => length), [100, 100, 50]);
  assert.deepEqual(counted, rooms);
});

test("an answer that comes after a later one changes nothing", async () => {
  const answers = [];
  const members = new Members({ room: "lobby", request: () => new Promise((answer) => answers.push(answer)), surroundings: new FakeSurroundings(), onChange: () => {} });
  const loads = [members.load(), members.load()];
  answers[1]({ members: [{ person: ADA }], total: 1 });
  answers[0]({ members: [{ person: ADA }, { person: LINUS }], total: 2 });
  await Promise.all(loads);
  assert.deepEqual(members.list, [{ person: ADA }]);
});

test("members are asked for again when they change, once for a burst, and reading is known in small rooms", async () => {
  const surroundings = new FakeSurroundings();
  let asked = 0;
  const answer = { members: [{ person: ADA, read: 3 }, { person: LINUS, read: 1 }], total: 2 };
  const members = new Members({ room: "lobby", request: async () => ((asked += 1), answer), surroundings, onChange: () => {} });
  await members.load();
  members.arrived([join(4), join(5), message(6)]);
  members.arrived([join(7)]);
  await surroundings.pass(500);
  assert.equal(asked, 2);
  assert.deepEqual(members.readersOf(6, ["a"]), [LINUS]); // who writes has read
  members.read("a", 6);
  assert.deepEqual(members.readersOf(6, []), [ADA, LINUS]);
  members.total = 17;
  assert.deepEqual(members.readersOf(6, []), []);
});

test("a thread is its first message and the replies, and goes on living", async () => {
  const pages = [{ events: [message(1), message(3, { thread: 1 })], as_of: 5, more_after: true }, { events: [message(5, { thread: 1 })], as_of: 5 }];
  const thread = new Thread({ room: "lobby", root: 1, request: async () => pages.shift() });
  const loading = thread.load();
  thread.arrived([message(6, { thread: 1 })]);
  await loading;
  thread.arrived([message(7), change(8, "react", 3, { emoji: "👍" })]);
  assert.deepEqual(thread.timeline.slice(0, 9).map((entry) => entry.seq), [1, 3, 5, 6]);
  assert.equal(thread.timeline.find(3).reactions.length, 1);
});

test("a thread is asked for anew where events were left out, and only the later answer counts", async () => {
  const answers = [];
  const thread = new Thread({ room: "lobby", root: 1, request: () => new Promise((answer) => answers.push(answer)) });
  const loads = [thread.load(), thread.load()];
  answers[1]({ events: [message(1), message(8, { thread: 1 })], as_of: 8 });
  await settled();
  thread.arrived([message(9, { thread: 1 })]);
  answers[0]({ events: [message(1)], as_of: 5 });
  await Promise.all(loads);
  assert.deepEqual(thread.timeline.slice(0, 9).map((entry) => entry.seq), [1, 8, 9]);
  thread.load();
  thread.arrived([message(10, { thread: 1 })]);
  answers[2]({ events: [message(1), message(8, { thread: 1 }), message(9, { thread: 1 })], as_of: 9 });
  await settled();
  assert.deepEqual(thread.timeline.slice(0, 9).map((entry) => entry.seq), [1, 8, 9, 10]);
});

test("pins come page by page, without those that were erased", async () => {
  const pages = [{ events: [message(1), message(3)], more_after: true }, { events: [message(5, { erased: true }), message(8)] }];
  const asked = [];
  const pinned = await pinsOf(async (frame) => (asked.push(frame), pages.shift()), "lobby");
  assert.deepEqual(pinned.map(({ seq }) => seq), [1, 3, 8]);
  assert.deepEqual(asked, [{ op: "pins", room: "lobby", after: 0 }, { op: "pins", room: "lobby", after: 3 }]);
});

test("what a person said who was erased vanishes from a thread too, also what came while it was loading", async () => {
  const page = { events: [message(1, { author: ADA }), message(3, { thread: 1 })], as_of: 5 };
  const thread = new Thread({ room: "lobby", root: 1, request: async () => page });
  const loading = thread.load();
  thread.arrived([message(6, { thread: 1, text: "secret" }), change(7, "edit", 3, { text: "secret too" })]);
  thread.forget({ id: LINUS.id, erased: true });
  await loading;
  assert.deepEqual([1, 3, 6].map((seq) => thread.timeline.find(seq).text), ["text 1", "", ""]);
  thread.forget({ id: ADA.id, erased: true });
  assert.equal(thread.timeline.find(1).erased, true);
});

test("only what somebody wants to hear of calls them", () => {
  const worth = (event, state) => isWorthCalling(event, roomState(state), "a");
  assert.equal(worth(message(1), {}), true);
  assert.equal(worth(message(1, { author: ADA }), {}), false);
  assert.equal(worth(join(1), {}), false);
  assert.equal(worth(message(1), { level: "mentions" }), false);
  assert.equal(worth(message(1, { mentions: ["a"] }), { level: "mentions" }), true);
  assert.equal(worth(message(1), { level: "mentions", kind: "direct" }), true);
  assert.equal(worth(message(1, { mentions: ["a"] }), { level: "nothing" }), false);
});

function calling() {
  const surroundings = new FakeSurroundings();
  const shown = [];
  const held = new Set();
  const tabs = {
    ifFree: async (what, run) => {
      if (held.has(what)) return;
      held.add(what);
      await run();
      held.delete(what);
    },
  };
  const tab = () => new Notifying({ me: "a", tabs, surroundings, allowed: () => true, words: ({ text }) => text, show: async (call) => shown.push(call.seq), close: async (id) => shown.push(`closed ${id}`) });
  return { surroundings, shown, tab };
}

test("one of several tabs calls, once for a burst, and not for what was read within a moment", async () => {
  const { surroundings, shown, tab } = calling();
  const lobby = room({ name: "lobby", read: 3 });
  for (const each of [tab(), tab()]) each.arrived(lobby, [message(4), message(5)]);
  await surroundings.pass(2_000);
  assert.deepEqual(shown, [5]);
  const read = room({ name: "lobby", read: 9 });
  tab().arrived(read, [message(9)]);
  await surroundings.pass(2_000);
  assert.deepEqual(shown, [5]);
});

test("a call goes when its room was read elsewhere", async () => {
  const { surroundings, shown, tab } = calling();
  const notifying = tab();
  const lobby = room({ name: "lobby", read: 3, unread: 1 });
  notifying.arrived(lobby, [message(4)]);
  await surroundings.pass(2_000);
  notifying.settle([lobby]);
  lobby.state = roomState({ read: 4 });
  notifying.settle([lobby]);
  notifying.settle([lobby]);
  assert.deepEqual(shown, [4, "closed lobby"]);
});

test("what was deleted, or said by somebody deleted, is neither called for nor left standing", async () => {
  const { surroundings, shown, tab } = calling();
  const notifying = tab();
  const [lobby, attic, cellar] = ["lobby", "attic", "cellar"].map((name) => room({ name, read: 3 }));
  notifying.arrived(lobby, [message(4)]);
  notifying.arrived(lobby, [change(5, "delete", 4)]);
  notifying.arrived(attic, [message(4)]);
  notifying.arrived(cellar, [message(4, { author: { id: "m", name: "Margaret" } })]);
  notifying.arrived(lobby, [message(6), change(7, "delete", 6)]);
  await surroundings.pass(2_000);
  assert.deepEqual(shown.splice(0), [4, 4]);
  notifying.arrived(attic, [change(5, "delete", 4)]);
  notifying.gone({ id: "l" });
  notifying.gone({ id: "m" });
  assert.deepEqual(shown, ["closed attic", "closed cellar"]);
});

test("tabs of one person hear each other, those of another do not", async () => {
  const heard = [];
  const channel = { postMessage: (message) => channel.onmessage({ data: message }) };
  const tabs = new Tabs({ personId: "a", channel, onMessage: (message) => heard.push(message.what) });
  tabs.tell({ what: 1 });
  channel.onmessage({ data: { what: 2, person: "l" } });
  await settled();
  assert.deepEqual(heard, [1]);
  assert.equal(await tabs.inTurn("x", async () => "alone"), "alone");
});
