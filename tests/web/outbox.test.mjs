import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../chat_service/static/js/outbox.js";
import { MemoryOutboxStore } from "../../chat_service/static/js/outbox_store.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";
import { WriteAhead } from "../../chat_service/static/js/write_ahead.js";
import { RequestFailed } from "../../chat_service/static/js/requests.js";
import { ADA, FakeSurroundings, fakeRequests, message, settled } from "./fakes.mjs";

/** One browser: a store, and locks that tabs take in turn. */
function browser() {
  const held = new Map();
  const inTurn = (what, run) => {
    const turn = (held.get(what) ?? Promise.resolve()).then(run);
    held.set(what, turn.catch(() => {}));
    return turn;
  };
  return { store: new MemoryOutboxStore(), storage: new MemoryStorage(), inTurn, tabs: [] };
}

/** A tab of it, whose requests wait until the test answers them. */
async function tab(where = browser(), personId = "a") {
  const surroundings = new FakeSurroundings();
  const { requests, request } = fakeRequests();
  const tell = (change) => where.tabs.filter((other) => other !== outbox).forEach((other) => other.changed(structuredClone(change)));
  const seen = { to: 0 };
  const outbox = new Outbox({ store: Promise.resolve(where.store), ahead: new WriteAhead(where.storage, personId), personId, request, inTurn: where.inTurn, tell, seenTo: () => seen.to, surroundings, onChange: () => {} });
  where.tabs.push(outbox);
  await outbox.ready;
  const say = async (id, room = "lobby") => (outbox.add({ id, room, text: `text ${id}` }), settled());
  return { outbox, requests, surroundings, where, seen, say, states: () => outbox.pending("lobby").map((item) => `${item.id} ${item.state}`) };
}

const ids = (requests) => requests.map((request) => request.frame.id);

test("messages leave one at a time, in the order of writing", async () => {
  const { outbox, requests, say } = await tab();
  outbox.connected();
  await say("1");
  await say("2");
  assert.deepEqual(ids(requests), ["1"]);
  requests[0].ok({ seq: 7, at: 1 });
  await settled();
  assert.deepEqual(ids(requests), ["1", "2"]);
});

test("what was written in the moment before the page went goes out after it, once", async () => {
  const where = browser();
  const went = await tab({ ...where, store: { ...where.store, all: async () => [], put: () => new Promise(() => {}) } });
  await went.say("1");
  const { outbox, requests } = await tab(where);
  assert.equal((await where.store.all()).length, 1);
  outbox.connected();
  await settled();
  assert.deepEqual(ids(requests), ["1"]);
  requests[0].ok({ seq: 7, at: 1 });
  await settled();
  assert.deepEqual((await tab(where)).states(), []);
  assert.equal(where.storage.length, 0);
});

test("what another tab takes away as it is looked at is not there", async () => {
  const where = browser();
  new WriteAhead(where.storage, "a").put({ id: "1", room: "lobby", state: "queued" });
  where.storage.getItem = () => null;
  assert.deepEqual((await tab(where)).states(), []);
});

test("a slow room does not hold up another", async () => {
  const { outbox, requests, say } = await tab();
  outbox.connected();
  await say("1");
  await say("2", "kitchen");
  assert.deepEqual(ids(requests), ["1", "2"]);
});

test("a message shows at once, and is stored before it is first sent", async () => {
  const { outbox, requests, where, states } = await tab();
  outbox.connected();
  outbox.add({ id: "1", room: "lobby", text: "one" });
  assert.deepEqual(states(), ["1 queued"]);
  assert.equal(requests.length, 0);
  await settled();
  assert.equal((await where.store.all()).length, 1);
  assert.equal(requests.length, 1);
});

test("what was written offline waits, survives a reload, and goes out with the same id", async () => {
  const before = await tab();
  await before.say("1");
  await before.say("2");
  assert.equal(before.requests.length, 0);
  const after = await tab({ ...browser(), store: before.where.store });
  assert.deepEqual(after.states(), ["1 queued", "2 queued"]);
  after.outbox.connected();
  await settled();
  assert.deepEqual(ids(after.requests), ["1"]);
});

test("a lost connection tries again with the same id on the next", async () => {
  const { outbox, requests, say } = await tab();
  outbox.connected();
  await say("1");
  outbox.disconnected();
  requests[0].fail(new RequestFailed("disconnected"));
  await settled();
  assert.equal(requests.length, 1);
  outbox.connected();
  await settled();
  assert.deepEqual(requests[1].frame, requests[0].frame);
});

test("unavailable, rate limited and slow mode are tried again after the time the server names, and say so", async () => {
  const { outbox, requests, surroundings, say } = await tab();
  surroundings.dice = 0;
  outbox.connected();
  await say("1");
  requests[0].fail(new RequestFailed("slow_mode", "Wait a moment.", 3000));
  await surroundings.pass(2999);
  assert.equal(requests.length, 1);
  assert.equal(outbox.find("1").reason, "Wait a moment.");
  await surroundings.pass(1);
  assert.equal(requests.length, 2);
});

test("a refused message fails with its reason, over a reload too, and does not hold up the next", async () => {
  const { outbox, requests, where, say } = await tab();
  outbox.connected();
  await say("1");
  await say("2");
  requests[0].fail(new RequestFailed("invalid", "Too odd."));
  await settled();
  assert.deepEqual(ids(requests), ["1", "2"]);
  assert.equal(outbox.hasFailed("lobby"), true);
  const after = await tab({ ...browser(), store: where.store });
  assert.deepEqual([after.outbox.find("1").state, after.outbox.find("1").reason], ["failed", "Too odd."]);
});

test("retrying a failed message sends it as the newest, with the same id", async () => {
  const { outbox, requests, say, states } = await tab();
  outbox.connected();
  await say("1");
  requests[0].fail(new RequestFailed("invalid", "Too odd."));
  await settled();
  outbox.disconnected();
  await say("2");
  outbox.retry("1");
  assert.deepEqual(states(), ["2 queued", "1 queued"]);
});

test("a message that breaks the server is given up after some tries", async () => {
  const { outbox, requests, surroundings, say, states } = await tab();
  outbox.connected();
  await say("1");
  for (const index of [0, 1, 2]) {
    requests[index].fail(new RequestFailed("internal", "Something broke."));
    await surroundings.pass(5000);
  }
  assert.deepEqual(states(), ["1 failed"]);
  assert.equal(requests.length, 3);
});

test("a stored message leaves the storage at once and the list when its event is here", async () => {
  const { outbox, requests, where, say, states } = await tab();
  outbox.connected();
  await say("1");
  requests[0].ok({ seq: 1, at: 1 });
  await settled();
  assert.deepEqual(await where.store.all(), []);
  assert.deepEqual(states(), ["1 sent"]);
  outbox.arrived([message(1, { author: ADA, id: "1" })]);
  assert.deepEqual(states(), []);
});

test("what the server does not have yet is counted, so that nobody loses it unawares", async () => {
  const { outbox, requests, say } = await tab();
  await say("1");
  await say("2");
  assert.equal(outbox.unsent, 2);
  outbox.connected();
  await settled();
  requests[0].ok({ seq: 7, at: 1 });
  await settled();
  assert.equal(outbox.unsent, 1);
});

test("an event that comes before its ok settles the message, and the ok changes nothing more", async () => {
  const { outbox, requests, where, say, states } = await tab();
  outbox.connected();
  await say("1");
  outbox.arrived([message(1, { author: ADA, id: "1" })]);
  requests[0].ok({ seq: 1, at: 1 });
  await settled();
  assert.deepEqual(states(), []);
  assert.deepEqual(await where.store.all(), []);
});

test("stored before what the room is known to hold, a message waits for no event", async () => {
  const { outbox, requests, seen, say, states } = await tab();
  outbox.connected();
  await say("1");
  await say("2");
  seen.to = 7; // its answer was lost, and its event came with a page or was left out
  requests[0].ok({ seq: 7, at: 1 });
  await settled();
  requests[1].ok({ seq: 8, at: 1 });
  await settled();
  assert.deepEqual(states(), ["2 sent"]);
  seen.to = 8;
  outbox.disconnected();
  outbox.connected();
  assert.deepEqual(states(), []);
});

test("somebody else's message with the same id settles nothing", async () => {
  const { outbox, say, states } = await tab();
  await say("1");
  outbox.arrived([message(1, { id: "1" })]);
  assert.deepEqual(states(), ["1 queued"]);
});

test("a failure of a deleted message does not bring it back into the storage", async () => {
  const { outbox, requests, where, say } = await tab();
  outbox.connected();
  await say("1");
  outbox.remove("1");
  requests[0].fail(new RequestFailed("invalid", "Too odd."));
  await settled();
  assert.deepEqual(await where.store.all(), []);
});

test("all tabs show a message, and one sends it", async () => {
  const where = browser();
  const [here, there] = [await tab(where), await tab(where)];
  here.outbox.connected();
  there.outbox.connected();
  await here.say("1");
  assert.deepEqual(there.states(), ["1 queued"]);
  const [request, ...more] = [...here.requests, ...there.requests];
  assert.deepEqual(more, []);
  request.ok({ seq: 1, at: 1 });
  await settled();
  assert.equal(here.requests.length + there.requests.length, 1);
  assert.deepEqual([here.states(), there.states()], [["1 sent"], ["1 sent"]]);
  there.outbox.remove("1");
  assert.deepEqual(here.states(), []);
});

test("what one tab can't send, another that is connected does, in the order of writing", async () => {
  const where = browser();
  const [here, there] = [await tab(where), await tab(where)];
  there.outbox.connected();
  await here.say("1");
  await here.say("2");
  assert.deepEqual(ids(there.requests), ["1"]);
  there.requests[0].ok({ seq: 1, at: 1 });
  await settled();
  assert.deepEqual(ids(there.requests), ["1", "2"]);
  assert.equal(here.requests.length, 0);
});

test("on a shared browser each person has their own", async () => {
  const before = await tab();
  await before.say("1");
  const other = await tab({ ...browser(), store: before.where.store }, "l");
  assert.deepEqual(other.states(), []);
});

test("a storage that is full or shut does not stop the sending", async () => {
  const where = browser();
  where.store.put = () => Promise.reject(new Error("quota"));
  where.store.get = () => Promise.reject(new Error("shut"));
  const { outbox, requests, say } = await tab(where);
  outbox.connected();
  await say("1");
  assert.equal(requests.length, 1);
});
