import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "./fakes.mjs";
import { KITCHEN, LOBBY, joined } from "./joined.mjs";

test("reading up to the end empties the counts here at once, and is told the server once for a burst", async () => {
  const { client, surroundings, sent } = await joined();
  const kitchen = client.rooms.get("kitchen");
  client.marks.reached(kitchen, 6);
  client.marks.reached(kitchen, 7);
  assert.equal(kitchen.state.unread, 0);
  await surroundings.pass(300);
  assert.deepEqual(sent("read"), [{ op: "read", room: "kitchen", seq: 7 }]);
});

test("what was read is told before the page goes, and only once", async () => {
  const { client, surroundings, sent } = await joined();
  client.marks.reached(client.rooms.get("kitchen"), 7);
  client.leave();
  await surroundings.pass(300);
  assert.deepEqual(sent("read"), [{ op: "read", room: "kitchen", seq: 7 }]);
});

test("a marker that another tab or device moved is followed", async () => {
  const { client, last, reads } = await joined();
  last().receive({ op: "read", room: "kitchen", seq: 7, unread: 0, mentions: 0 });
  assert.equal(client.rooms.get("kitchen").state.unread, 0);
  last().receive({ op: "read", room: "kitchen", seq: 6, person: "l" });
  assert.deepEqual(reads, [["kitchen", "l", 6]]);
  assert.equal(client.rooms.get("kitchen").state.read, 7);
});

test("what was read offline is told after the welcome, and the server's older counts do not come back", async () => {
  const { client, again, last, sent } = await joined();
  last().end(1006);
  client.marks.reached(client.rooms.get("kitchen"), 7);
  await again({ rooms: [LOBBY, KITCHEN] }).catch(() => {});
  assert.equal(client.rooms.get("kitchen").state.unread, 0);
  assert.deepEqual(sent("read"), [{ op: "read", room: "kitchen", seq: 7 }]);
});

test("what was said while a marker waited for the connection is not read by it", async () => {
  const { client, again, last, sent, surroundings } = await joined();
  last().end(1006);
  client.marks.reached(client.rooms.get("kitchen"), 7);
  await again({ rooms: [LOBBY, { ...KITCHEN, head: 10, unread: 5 }] });
  assert.equal(client.rooms.get("kitchen").state.unread, 5);
  await surroundings.pass(300);
  assert.deepEqual(sent("counts")[0].rooms, ["kitchen"]);
});

test("marked unread, a message stays so until one has left the room", async () => {
  const { client, sent, surroundings, last } = await joined();
  const lobby = client.rooms.get("lobby");
  client.marks.markUnread(lobby, 2);
  assert.deepEqual(sent("read"), [{ op: "read", room: "lobby", seq: 1, back: true }]);
  client.marks.reached(lobby, 3);
  await surroundings.pass(300);
  last().receive({ op: "counts", id: sent("counts")[0].id, rooms: [{ room: "lobby", read: 1, unread: 2, mentions: 0 }] });
  await settled();
  assert.equal(lobby.state.unread, 2);
  client.marks.left("lobby");
  client.marks.reached(lobby, 3);
  assert.equal(lobby.state.unread, 0);
});

test("marked unread without a connection, a message is unread here at once, and for the server after the welcome", async () => {
  const { client, again, last, sent, surroundings } = await joined();
  const lobby = client.rooms.get("lobby");
  last().end(1006);
  client.marks.markUnread(lobby, 3);
  await again({ rooms: [LOBBY, KITCHEN] });
  assert.deepEqual(sent("read"), [{ op: "read", room: "lobby", seq: 2, back: true }]);
  assert.equal(lobby.state.read, 2);
  await surroundings.pass(300);
  last().receive({ op: "counts", id: sent("counts")[0].id, rooms: [{ room: "lobby", read: 2, unread: 1, mentions: 0 }] });
  await settled();
  assert.equal(lobby.state.unread, 1);
});

test("a mark that went down with its connection is told again, until the server has counted from it", async () => {
  const { client, again, last, sent, surroundings } = await joined();
  client.marks.markUnread(client.rooms.get("lobby"), 3);
  await again({ rooms: [LOBBY, KITCHEN] });
  assert.deepEqual(sent("read"), [{ op: "read", room: "lobby", seq: 2, back: true }]);
  await surroundings.pass(300);
  last().receive({ op: "counts", id: sent("counts")[0].id, rooms: [{ room: "lobby", read: 2, unread: 1, mentions: 0 }] });
  await settled();
  await again({ rooms: [{ ...LOBBY, read: 2, unread: 1 }, KITCHEN] });
  assert.deepEqual(sent("read"), []);
});

test("what was read shortly before a loss is told again where it did not arrive, and not where it did", async () => {
  for (const [read, told] of [[5, [{ op: "read", room: "kitchen", seq: 7 }]], [7, []]]) {
    const { client, surroundings, again, sent } = await joined();
    client.marks.reached(client.rooms.get("kitchen"), 7);
    await surroundings.pass(300);
    await again({ rooms: [LOBBY, { ...KITCHEN, read }] });
    assert.deepEqual(sent("read"), told);
    assert.equal(client.rooms.get("kitchen").state.read, 7);
  }
});

test("what was read long before a loss has arrived: a marker behind it was moved back elsewhere, and stays there", async () => {
  const { client, surroundings, again, last, sent } = await joined();
  client.marks.reached(client.rooms.get("kitchen"), 7);
  await surroundings.pass(25_300);
  last().receive({ op: "ok", id: sent("ping")[0].id });
  await surroundings.pass(20_000);
  await again({ rooms: [LOBBY, KITCHEN] });
  assert.deepEqual(sent("read"), []);
  client.marks.reached(client.rooms.get("kitchen"), 7);
  await surroundings.pass(300);
  last().receive({ op: "read", room: "kitchen", seq: 5, unread: 2 }); // at once
  await again({ rooms: [LOBBY, KITCHEN] });
  assert.deepEqual(sent("read"), []);
});

test("a count that the server could not make is asked for again", async () => {
  const { client, last, sent, surroundings } = await joined();
  client.counting.doubt("kitchen");
  await surroundings.pass(300);
  last().receive({ op: "error", id: sent("counts")[0].id, code: "unavailable", message: "Not now.", retry_after: 2 });
  await surroundings.pass(2_300);
  assert.equal(sent("counts").length, 2);
});
