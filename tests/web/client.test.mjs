import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../chat_service/static/js/client.js";
import { MemoryOutboxStore } from "../../chat_service/static/js/outbox_store.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";
import { ADA, FakeSurroundings, LINUS, change, fakeWebSockets, message, messages, roomState, settled } from "./fakes.mjs";
import { KITCHEN, LOBBY, joined } from "./joined.mjs";

test("a client that comes back resumes every room where it was, opened or not", async () => {
  const { events, again, last } = await joined();
  events("kitchen", message(8));
  await again({ rooms: [LOBBY, KITCHEN] });
  assert.deepEqual(last().sent[0], { op: "hello", resume: { epoch: "e1", rooms: { lobby: 3, kitchen: 8 } } });
});

test("after a restore from backup nothing that was known is believed", async () => {
  const { client, again } = await joined();
  await again({ epoch: "e2", rooms: [roomState({ head: 1 })] });
  assert.equal(client.rooms.get("lobby").last, 1);
  assert.equal(client.rooms.get("kitchen"), undefined);
});

test("one's own message is one message, whether its event or its ok comes first", async () => {
  const { client, last, events } = await joined();
  for (const [seq, eventFirst] of [[4, true], [5, false]]) {
    client.say("lobby", "mine");
    await settled();
    const { id } = last().sent.at(-1);
    const parts = [() => events("lobby", message(seq, { author: ADA, id })), () => last().receive({ op: "ok", id, seq, at: 1 })];
    for (const part of eventFirst ? parts : parts.reverse()) part();
    await settled();
    assert.deepEqual(client.outbox.pending("lobby"), []);
  }
});

test("one's own message that was left out with too much else does not wait for its event", async () => {
  const { client, last } = await joined();
  client.say("lobby", "mine");
  await settled();
  last().receive({ op: "ok", id: last().sent.at(-1).id, seq: 900, at: 1 });
  await settled();
  assert.equal(client.outbox.pending("lobby").length, 1);
  last().receive({ op: "limited", room: "lobby", head: 5_000 });
  assert.deepEqual(client.outbox.pending("lobby"), []);
});

test("what is written offline goes out after the welcome", async () => {
  const { client, surroundings, last } = await joined();
  last().end(1006);
  client.say("lobby", "written in a tunnel", 2);
  await surroundings.pass(1000);
  last().welcome({ rooms: [LOBBY] });
  await settled();
  const { op, room, text, reply_to: replyTo } = last().sent.at(-1);
  assert.deepEqual({ op, room, text, replyTo }, { op: "send", room: "lobby", text: "written in a tunnel", replyTo: 2 });
});

test("a page opened without a network has the rooms that were last told, and believes the server over them", async () => {
  const storage = new MemoryStorage();
  await joined([LOBBY, KITCHEN], storage);
  const { FakeWebSocket, last } = fakeWebSockets();
  const client = new Client({ me: ADA, url: "ws://here/ws", WebSocket: FakeWebSocket, fetch: async () => ({}), storage, outboxStore: Promise.resolve(new MemoryOutboxStore()), surroundings: new FakeSurroundings(), onChange: () => {}, onNews: () => {}, onSkip: () => {}, onRead: () => {}, onGone: () => {}, onStatus: () => {}, onSignedOut: () => {} });
  assert.deepEqual(client.rooms.all.map((room) => room.id), ["lobby", "kitchen"]);
  client.socket.start();
  client.rooms.get("lobby").open();
  last().welcome({ rooms: [roomState({ head: 9 })] });
  await settled();
  assert.deepEqual(last().sent.map((frame) => frame.op), ["hello", "history"]);
  assert.equal(last().sent[0].resume, undefined);
  assert.deepEqual(client.rooms.all.map((room) => [room.id, room.last]), [["lobby", 9]]);
});

test("what happened to the rooms since is remembered when the page goes, but not of somebody signed out", async () => {
  const storage = new MemoryStorage();
  const { client, events, last } = await joined([LOBBY], storage);
  const kept = () => client.roomCache.load().map(({ name, head, unread }) => [name, head, unread]);
  events("lobby", message(4), { type: "rename", seq: 5, id: "r", at: 1, author: LINUS, name: "hall" });
  client.leave();
  assert.deepEqual(kept(), [["hall", 5, 1]]);
  client.socket.retryNow();
  last().welcome({ rooms: [LOBBY] });
  last().end(4501);
  storage.clear();
  client.leave();
  assert.deepEqual(kept(), []);
});

test("a tab that is still connected writes nothing into the storage that signing out in another has emptied", async () => {
  const storage = new MemoryStorage();
  const { client } = await joined([LOBBY], storage);
  storage.clear();
  client.leave();
  assert.equal(storage.length, 0);
  const next = await joined([LOBBY], storage); // somebody who signed in again
  next.client.leave();
  assert.equal(next.client.roomCache.load().length, 1);
});

test("rooms come and go as the server tells", async () => {
  const { client, last } = await joined();
  last().receive({ op: "room", room: roomState({ id: "attic", name: "attic", head: 2 }) });
  assert.equal(client.rooms.get("attic").title, "attic");
  last().receive({ op: "gone", room: "attic" });
  assert.equal(client.rooms.get("attic"), undefined);
});

test("what a person said who was erased vanishes, also from a page that was on its way", async () => {
  const { client, events, last, gone, surroundings } = await joined();
  client.rooms.get("lobby").timeline.open({ events: [], as_of: 3 });
  events("lobby", { ...message(4), author: LINUS, text: "secret" });
  last().receive({ op: "erased", person: LINUS.id });
  const { text, erased } = client.rooms.get("lobby").timeline.find(4);
  assert.deepEqual({ text, erased }, { text: "", erased: true });
  const asked = client.request({ op: "fetch", room: "lobby", seqs: [2] });
  last().receive({ op: "page", id: last().sent.at(-1).id, room: "lobby", events: [{ ...message(2), author: LINUS, text: "secret" }], as_of: 4 });
  assert.equal((await asked).events[0].text, "");
  assert.deepEqual(gone, [{ id: LINUS.id, name: undefined, erased: true }]);
  await surroundings.pass(1_000);
  assert.deepEqual(last().sent.at(-1).rooms, ["lobby", "kitchen"]); // where what is unread is counted anew
});

test("a deleted person's name goes from what is there and from what is on its way, by their room's log, and their texts stay", async () => {
  const { client, events, last, gone } = await joined();
  const { timeline, quoted } = client.rooms.get("lobby");
  timeline.open({ events: [message(2), { type: "invite", seq: 3, id: "3", at: 1, author: ADA, person: LINUS }], as_of: 3 });
  quoted.set(1, message(1));
  const asked = client.request({ op: "fetch", room: "lobby", seqs: [1] });
  const left = { id: LINUS.id, name: "deleted person" };
  events("lobby", message(4), { type: "leave", seq: 5, id: "deleted-7", at: 1, author: left, deleted: true });
  last().receive({ op: "page", id: last().sent.at(-1).id, room: "lobby", events: [message(1)], as_of: 4 });
  const entries = [...timeline.slice(0, 9), ...(await asked).events];
  assert.deepEqual(entries.map(({ author, person }) => (person ?? author).name), Array(5).fill(left.name));
  assert.deepEqual(entries.map(({ text }) => text), ["text 2", undefined, "text 4", undefined, "text 1"]);
  assert.equal(client.people.nameOf(LINUS.id), left.name);
  assert.equal(quoted.size, 0);
  assert.deepEqual(gone, [{ ...left, erased: false }]);
});

test("whoever was away while a person was erased learns it from the room's events", async () => {
  const { client, events, gone } = await joined();
  client.rooms.get("lobby").timeline.open({ events: [], as_of: 3 });
  events("lobby", { ...message(4), text: "secret" });
  const left = { id: LINUS.id, name: "deleted person" };
  const leave = { type: "leave", id: "deleted-7", at: 1, author: left, deleted: true, erased: true };
  events("lobby", { ...message(5), text: "last words" }, { ...leave, seq: 6 });
  const entries = [4, 5].map((seq) => client.rooms.get("lobby").timeline.find(seq));
  assert.deepEqual(entries.map(({ text, author }) => [text, author.name]), Array(2).fill(["", left.name]));
  events("kitchen", { ...leave, seq: 8 });
  events("kitchen", { ...message(9), text: "under way" });
  events("lobby", message(7), { type: "edit", seq: 8, id: "e", at: 1, author: LINUS, target: 4, text: "edited", html: "<b>edited</b>" });
  assert.doesNotMatch(JSON.stringify(client.rooms.get("lobby").timeline.find(4)), /edited/);
  assert.equal(client.people.nameOf(LINUS.id), left.name);
  assert.deepEqual(gone, [{ ...left, erased: true }]);
});

test("what happens to a room changes it", async () => {
  const { client, events } = await joined();
  const by = { at: 1, author: LINUS };
  events("lobby", { type: "rename", seq: 4, id: "1", name: "hall", ...by }, { type: "topic", seq: 5, id: "2", topic: "hats", ...by }, { type: "role", seq: 6, id: "3", person: ADA, role: "moderator", ...by }, { type: "archive", seq: 7, id: "4", ...by });
  const { name, topic, role, archived } = client.rooms.get("lobby").state;
  assert.deepEqual({ name, topic, role, archived }, { name: "hall", topic: "hats", role: "moderator", archived: true });
});

test("news is told once, to whoever calls the reader", async () => {
  const { events, news } = await joined();
  events("lobby", message(4), message(5));
  events("lobby", message(5), change(6, "pin", 5));
  assert.deepEqual(news, ["lobby 4", "lobby 5", "lobby 6"]);
});

test("what is on the screen is watched, told when it changes and after each reconnect", async () => {
  const { client, again, sent } = await joined();
  client.watch(["lobby"]);
  client.watch(["lobby"]);
  assert.deepEqual(sent("watch"), [{ op: "watch", rooms: ["lobby"] }]);
  await again({ rooms: [LOBBY] });
  assert.deepEqual(sent("watch"), [{ op: "watch", rooms: ["lobby"] }]);
});

test("names are learned wherever they appear", async () => {
  const { client, events, last } = await joined();
  events("lobby", message(4));
  const members = client.request({ op: "members", room: "lobby" });
  last().receive({ op: "members", id: last().sent.at(-1).id, room: "lobby", members: [{ person: { id: "m", name: "Margaret" } }], total: 1 });
  await members;
  assert.deepEqual(["l", "m", "x"].map((id) => client.people.nameOf(id)), ["Linus", "Margaret", "somebody"]);
});

test("frames of a newer server and of rooms one is not in are let pass", async () => {
  const { client, events, last } = await joined();
  last().receive({ op: "hologram", room: "lobby" });
  events("cellar", ...messages(1, 3));
  assert.equal(client.rooms.all.length, 2);
});
