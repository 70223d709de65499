import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../chat_service/static/js/outbox.js";
import { RequestFailed } from "../../chat_service/static/js/requests.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";
import { Timeline } from "../../chat_service/static/js/timeline.js";
import { ADA, FakeSurroundings, message, settled } from "./fakes.mjs";

/** An outbox whose requests wait in `requests` until the test answers them. */
function outboxWith(storage = new MemoryStorage(), personId = "a") {
  const surroundings = new FakeSurroundings();
  const requests = [];
  const request = (frame) => new Promise((resolve, reject) => requests.push({ frame, ok: (seq) => resolve({ seq, at: 1 }), fail: reject }));
  const outbox = new Outbox({ storage, personId, request, surroundings, onChange: () => {} });
  return { outbox, requests, storage, surroundings, states: () => outbox.pending("lobby").map((item) => `${item.id} ${item.state}`) };
}

test("messages leave one at a time, in the order of writing", async () => {
  const { outbox, requests } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  outbox.add("2", "lobby", "two");
  assert.deepEqual(requests.map((request) => request.frame.text), ["one"]);
  requests[0].ok(7);
  await settled();
  assert.deepEqual(requests.map((request) => request.frame.text), ["one", "two"]);
});

test("a slow room does not hold up another", () => {
  const { outbox, requests } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  outbox.add("2", "kitchen", "two");
  assert.equal(requests.length, 2);
});

test("what was written offline waits, survives a reload, and goes out with the same id", () => {
  const before = outboxWith();
  before.outbox.add("1", "lobby", "one");
  before.surroundings.pass(5);
  before.outbox.add("2", "lobby", "two");
  assert.equal(before.requests.length, 0);

  const after = outboxWith(before.storage);
  assert.deepEqual(after.states(), ["1 queued", "2 queued"]);
  after.outbox.connected();
  assert.equal(after.requests[0].frame.id, "1");
});

test("a lost connection tries again with the same id on the next", async () => {
  const { outbox, requests } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  outbox.disconnected();
  requests[0].fail(new RequestFailed("disconnected"));
  await settled();
  assert.equal(requests.length, 1);
  outbox.connected();
  assert.deepEqual(requests[1].frame, requests[0].frame);
});

test("unavailable and rate limited are tried again after the time the server names", async () => {
  const { outbox, requests, surroundings, states } = outboxWith();
  surroundings.dice = 0;
  outbox.connected();
  outbox.add("1", "lobby", "one");
  requests[0].fail(new RequestFailed("rate_limited", "slowly", 3000));
  await surroundings.pass(2999);
  assert.equal(requests.length, 1);
  await surroundings.pass(1);
  assert.equal(requests.length, 2);
  assert.deepEqual(states(), ["1 queued"]);
});

test("a refused message fails with its reason, over a reload too, and does not hold up the next", async () => {
  const { outbox, requests, storage } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  outbox.add("2", "lobby", "two");
  requests[0].fail(new RequestFailed("invalid", "Too odd."));
  await settled();
  assert.equal(requests[1].frame.id, "2");
  const [failed] = outboxWith(storage).outbox.pending("lobby");
  assert.equal(failed.state, "failed");
  assert.equal(failed.reason, "Too odd.");
});

test("retrying a failed message sends it as the newest, with the same id", async () => {
  const { outbox, requests, states } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  requests[0].fail(new RequestFailed("invalid", "Too odd."));
  await settled();
  outbox.disconnected();
  outbox.add("2", "lobby", "two");
  outbox.retry("1");
  assert.deepEqual(states(), ["2 queued", "1 queued"]);
});

test("a message that breaks the server is given up after some tries", async () => {
  const { outbox, requests, surroundings, states } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  for (const index of [0, 1, 2]) {
    requests[index].fail(new RequestFailed("internal", "Something broke."));
    await surroundings.pass(5000);
  }
  assert.deepEqual(states(), ["1 failed"]);
  assert.equal(requests.length, 3);
});

test("a stored message leaves the storage at once and the list when the timeline has it", async () => {
  const { outbox, requests, storage, states } = outboxWith();
  const timeline = new Timeline();
  timeline.open([], false);
  outbox.connected();
  outbox.add("1", "lobby", "one");
  requests[0].ok(1);
  await settled();
  assert.equal(storage.length, 0);
  assert.deepEqual(states(), ["1 sent"]);
  timeline.add([message(1, { author: ADA, id: "1" })]);
  outbox.settle("lobby", timeline, "a");
  assert.deepEqual(states(), []);
});

test("an event that comes before its ok settles the message, and the ok changes nothing more", async () => {
  const { outbox, requests, states, storage } = outboxWith();
  const timeline = new Timeline();
  timeline.open([message(1, { author: ADA, id: "1" })], false);
  outbox.connected();
  outbox.add("1", "lobby", "one");
  outbox.settle("lobby", timeline, "a");
  requests[0].ok(1);
  await settled();
  assert.deepEqual(states(), []);
  assert.equal(storage.length, 0);
});

test("a failure of a deleted message does not bring it back into the storage", async () => {
  const { outbox, requests, storage } = outboxWith();
  outbox.connected();
  outbox.add("1", "lobby", "one");
  outbox.remove("1");
  requests[0].fail(new RequestFailed("invalid", "Too odd."));
  await settled();
  assert.equal(storage.length, 0);
});

test("what another tab sent or deleted goes here too", () => {
  const { outbox, states } = outboxWith();
  outbox.add("1", "lobby", "one");
  outbox.storageChanged("parley.outbox.a.1", null);
  assert.deepEqual(states(), []);
});

test("on a shared browser each person has their own", () => {
  const { outbox, storage } = outboxWith();
  outbox.add("1", "lobby", "one");
  assert.equal(outboxWith(storage, "l").outbox.pending("lobby").length, 0);
});

test("a full storage does not stop the sending, a spoilt entry not the page", () => {
  const storage = new MemoryStorage();
  storage.setItem("parley.outbox.a.9", "{nonsense");
  storage.setItem = () => {
    throw new Error("quota");
  };
  const { outbox, requests } = outboxWith(storage);
  outbox.connected();
  outbox.add("1", "lobby", "one");
  assert.equal(requests.length, 1);
});
