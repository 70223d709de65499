import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestFailed } from "../../chat_service/static/js/requests.js";
import { Room } from "../../chat_service/static/js/room.js";
import { FakeSurroundings, message, messages, settled } from "./fakes.mjs";

/** A room on a server whose log has `head` events; `requests` are the frames it got. */
function roomWith(head) {
  const surroundings = new FakeSurroundings();
  const server = { head, requests: [], failure: null };
  const request = async (frame) => {
    server.requests.push(frame);
    if (server.failure) throw server.failure;
    const end = (frame.before ?? server.head + 1) - 1;
    const start = Math.max(1, end - frame.limit + 1);
    return { events: messages(start, end), more: start > 1 };
  };
  return { server, surroundings, room: new Room({ id: "lobby", request, surroundings, onChange: () => {} }) };
}

test("on connecting first, the newest page is loaded", async () => {
  const { room } = roomWith(120);
  assert.equal(room.resumeAfter, null);
  room.connected(true);
  await settled();
  assert.equal(room.timeline.first, 71);
  assert.equal(room.resumeAfter, 120);
});

test("on connecting again, nothing is loaded: the server sends what is missing", async () => {
  const { room, server } = roomWith(10);
  room.connected(true);
  await settled();
  room.connected(true);
  room.arrived([message(11)]);
  await settled();
  assert.equal(server.requests.length, 1);
  assert.equal(room.resumeAfter, 11);
});

test("another epoch begins anew, and shows the old until the new is there", async () => {
  const { room, server } = roomWith(10);
  room.connected(true);
  await settled();
  server.head = 4;
  room.connected(false);
  assert.equal(room.resumeAfter, null);
  assert.equal(room.timeline.between(1, 10).length, 10);
  await settled();
  assert.equal(room.timeline.last, 4);
});

test("too far behind, the room begins anew at the newest page", async () => {
  const { room, server } = roomWith(10);
  room.connected(true);
  await settled();
  server.head = 5000;
  room.limited();
  await settled();
  assert.equal(room.timeline.last, 5000);
});

test("a gap in live events is filled from history, over several pages", async () => {
  const { room, server } = roomWith(10);
  room.connected(true);
  await settled();
  server.head = 150;
  room.arrived([message(150)]);
  assert.equal(room.timeline.last, 10);
  await settled();
  assert.equal(room.timeline.last, 150);
  assert.equal(room.timeline.first, 1);
});

test("a gap that is too wide is not filled but begun anew", async () => {
  const { room, server } = roomWith(10);
  room.connected(true);
  await settled();
  server.head = 2000;
  room.arrived([message(2000)]);
  await settled();
  assert.equal(room.timeline.first, 1951);
});

test("older pages are asked for once, however often one scrolls", async () => {
  const { room, server } = roomWith(120);
  room.connected(true);
  await settled();
  await Promise.all([room.loadOlder(), room.loadOlder(), room.loadOlder()]);
  assert.equal(server.requests.length, 2);
  assert.equal(room.timeline.first, 21);
  await room.loadOlder();
  await room.loadOlder();
  assert.equal(room.timeline.first, 1);
  assert.equal(server.requests.length, 3);
});

test("a first page that fails is tried again", async () => {
  const { room, server, surroundings } = roomWith(3);
  server.failure = new RequestFailed("unavailable", "busy", 1000);
  room.connected(true);
  await settled();
  server.failure = null;
  await surroundings.pass(1000);
  assert.equal(room.timeline.last, 3);
});
