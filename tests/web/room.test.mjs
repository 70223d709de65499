import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestFailed } from "../../chat_service/static/js/requests.js";
import { Room } from "../../chat_service/static/js/room.js";
import { ADA, FakeLog, FakeSurroundings, change, message, messages, roomState, settled } from "./fakes.mjs";

function roomWith(count, state = {}) {
  const surroundings = new FakeSurroundings();
  const log = new FakeLog(messages(1, count));
  const doubts = [];
  const skips = [];
  const room = new Room({
    state: roomState({ head: log.head, ...state }),
    me: ADA,
    request: log.request,
    surroundings,
    onChange: () => {},
    onDoubt: (doubted) => doubts.push(doubted.id),
    onSkip: (skipped) => skips.push(skipped.last),
  });
  return { room, log, surroundings, doubts, skips };
}

test("nothing is loaded before somebody looks, and then the newest page", async () => {
  const { room, log } = roomWith(120);
  assert.equal(log.requests.length, 0);
  await room.open();
  assert.equal(room.timeline.at(0).seq, 71);
  assert.equal(room.timeline.to, 120);
});

test("events that are known are no news", async () => {
  const { room } = roomWith(10);
  await room.open();
  assert.deepEqual(room.arrived(messages(9, 11)).map((event) => event.seq), [11]);
  assert.equal(room.last, 11);
  assert.equal(room.timeline.at(-1).seq, 11);
});

test("older pages are asked for once, however often one scrolls", async () => {
  const { room, log } = roomWith(120);
  await room.open();
  await Promise.all([room.loadOlder(), room.loadOlder(), room.loadOlder()]);
  assert.equal(log.requests.length, 2);
  assert.equal(room.timeline.at(0).seq, 21);
});

test("a link to an old message opens the page around it, and scrolling down leads back to the end", async () => {
  const { room } = roomWith(500);
  await room.openAround(100);
  assert.ok(room.timeline.find(100));
  assert.equal(room.timeline.newer, true);
  while (room.timeline.newer) await room.loadNewer();
  room.arrived([message(501)]);
  assert.equal(room.timeline.at(-1).seq, 501);
});

test("what happens while a page is on its way is in the page when it comes", async () => {
  const { room, log } = roomWith(60);
  const loading = room.open();
  room.arrived([change(61, "edit", 60, { text: "better" }), message(62)]);
  await loading;
  assert.equal(log.requests.length, 1);
  assert.equal(room.timeline.find(60).text, "better");
  assert.equal(room.timeline.at(-1).seq, 62);
});

test("told anew with a resume, nothing is loaded; without one, the room begins anew and shows the old until then", async () => {
  const { room, log } = roomWith(10);
  await room.open();
  room.told(roomState({ head: 12 }), true);
  assert.equal(room.last, 10);
  assert.equal(log.requests.length, 1);
  log.events = messages(1, 4);
  room.told(roomState({ head: 4 }), false);
  assert.equal(room.timeline.length, 10);
  await settled();
  assert.deepEqual([room.timeline.to, room.last], [4, 4]);
});

test("too far behind, the room begins anew at the newest page and its counts are asked for", async () => {
  const { room, log, doubts } = roomWith(10);
  await room.open();
  log.events = messages(1, 5000);
  room.limited(5000);
  await settled();
  assert.equal(room.timeline.to, 5000);
  assert.equal(room.last, 5000);
  assert.deepEqual(doubts, ["lobby"]);
});

test("where events are left out, what they may have changed is told, and no quote is believed", async () => {
  const { room, skips } = roomWith(3);
  const quoted = async () => (room.quote(1), await settled(), room.quote(1)?.text);
  for (const skip of [() => room.limited(5000), () => room.told(roomState({ head: 4 }), false)]) {
    assert.equal(await quoted(), "text 1");
    skip();
    assert.equal(room.quote(1), undefined); // and asked for
    room.limited(9000); // while it is on its way
    await settled();
    assert.equal(room.quoted.size, 0);
  }
  assert.deepEqual(skips, [5000, 9000, 4, 9000]);
});

test("what is left out while the first page is on its way is in the page that is shown", async () => {
  const { room, log } = roomWith(10);
  const loading = room.open();
  log.events = messages(1, 500);
  room.limited(500);
  await loading;
  await settled();
  assert.equal(room.timeline.to, 500);
});

test("a gap in live events, which no server leaves, is not shown as if there were none", async () => {
  const { room, log } = roomWith(10);
  await room.open();
  log.events = messages(1, 15);
  room.arrived([message(15)]);
  await settled();
  assert.deepEqual(room.timeline.slice(0, 20).map((event) => event.seq), messages(1, 15).map((event) => event.seq));
});

test("others' messages above the marker count as unread, mentions apart", () => {
  const { room } = roomWith(3, { read: 3 });
  room.arrived([message(4), message(5, { author: ADA }), message(6, { mentions: ["a"] })]);
  assert.deepEqual([room.state.unread, room.state.mentions], [2, 1]);
});

test("what a resume replays is counted already", () => {
  const { room } = roomWith(3);
  room.told(roomState({ head: 5, read: 3, unread: 2 }), true);
  room.arrived([message(4), message(5), message(6)]);
  assert.equal(room.state.unread, 3);
});

test("a deletion above the marker leaves the counting to the server", () => {
  const { room, doubts } = roomWith(3, { read: 1, unread: 2 });
  room.arrived([change(4, "delete", 1)]);
  assert.deepEqual(doubts, []);
  room.arrived([change(5, "delete", 3)]);
  assert.deepEqual(doubts, ["lobby"]);
});

test("a first page that fails is tried again, a message that is not there is said", async () => {
  const { room, log, surroundings } = roomWith(3);
  log.failure = new RequestFailed("unavailable", "busy", 1000);
  await room.open();
  log.failure = null;
  await surroundings.pass(1000);
  assert.equal(room.timeline.to, 3);

  const other = roomWith(300);
  other.log.failure = new RequestFailed("unknown_message");
  await assert.rejects(other.room.openAround(5), { code: "unknown_message" });
});

test("a message that does not come for want of a connection leaves what is shown, at the next welcome too", async () => {
  for (const code of ["disconnected", "timeout"]) {
    const { room, log, surroundings } = roomWith(300);
    await room.open();
    log.failure = new RequestFailed(code);
    await assert.rejects(room.openAround(5), { code });
    log.failure = null;
    room.told(roomState({ head: 300 }), true);
    await surroundings.pass(10_000);
    assert.deepEqual([room.timeline.at(0).seq, room.timeline.to], [251, 300]);
  }
});

test("a page that one waited for changes nothing once one wants what is at hand", async () => {
  for (const turn of [(room) => room.open(), (room) => room.openAround(290)]) {
    const { room } = roomWith(300);
    await room.open();
    const loading = room.openAround(5);
    await turn(room);
    await loading;
    assert.deepEqual([room.timeline.at(0).seq, room.timeline.to], [251, 300]);
  }
});

test("a room that shows nothing yet opens around the message when the connection is there", async () => {
  const { room, log } = roomWith(300);
  log.failure = new RequestFailed("disconnected");
  await room.openAround(5);
  log.failure = null;
  room.told(roomState({ head: 300 }), true);
  await settled();
  assert.ok(room.timeline.find(5));
});

test("a room left and entered again while its first page is on its way opens with it", async () => {
  const { room, log } = roomWith(120);
  await Promise.all([room.open(), room.open()]);
  assert.equal(room.timeline.to, 120);
  assert.equal(log.requests.length, 1);

  const other = roomWith(300).room;
  await Promise.all([other.openAround(5), other.openAround(5)]);
  assert.ok(other.timeline.find(5));
});

test("a quote comes from what is at hand, else from the server, once", async () => {
  const { room } = roomWith(120);
  await room.open();
  assert.equal(room.quote(120).seq, 120);
  const asked = [];
  const fetching = new Room({ state: roomState(), me: ADA, request: async (frame) => (asked.push(frame), { events: [message(7)] }), surroundings: new FakeSurroundings(), onChange: () => {}, onDoubt: () => {}, onSkip: () => {} });
  assert.equal(fetching.quote(7), undefined);
  fetching.quote(7);
  await settled();
  assert.equal(fetching.quote(7).text, "text 7");
  assert.equal(asked.length, 1);
});
