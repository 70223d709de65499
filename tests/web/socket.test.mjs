import assert from "node:assert/strict";
import { test } from "node:test";
import { SignedOut } from "../../chat_service/static/js/session.js";
import { Socket } from "../../chat_service/static/js/socket.js";
import { FakeSurroundings, fakeWebSockets, settled } from "./fakes.mjs";

function start(parts = {}) {
  const surroundings = new FakeSurroundings();
  const { FakeWebSocket, opened, last } = fakeWebSockets();
  const seen = { frames: [], phases: [], signedOut: 0, refreshes: 0 };
  const socket = new Socket({
    url: "ws://here/ws",
    WebSocket: FakeWebSocket,
    surroundings,
    hello: () => ({}),
    refresh: async () => (seen.refreshes += 1),
    onFrame: (frame) => seen.frames.push(frame),
    onStatus: ({ phase }) => seen.phases.push(phase),
    onSignedOut: () => (seen.signedOut += 1),
    ...parts,
  });
  socket.start();
  return { socket, surroundings, opened, last, seen };
}

test("says hello first, with what there is to resume, and is open when welcomed", () => {
  const { socket, last } = start({ hello: () => ({ resume: { epoch: "e1", rooms: { lobby: 41 } } }) });
  last().welcome();
  assert.deepEqual(last().sent, [{ op: "hello", resume: { epoch: "e1", rooms: { lobby: 41 } } }]);
  assert.equal(socket.status.phase, "open");
  assert.equal(socket.status.offlineSince, null);
});

test("a lost connection is opened again after a wait between nothing and a doubling bound", async () => {
  const { surroundings, opened, last } = start();
  last().welcome();
  surroundings.dice = 0.999;
  for (const bound of [500, 1000, 2000, 4000]) {
    const before = opened.length;
    last().end(1006);
    await surroundings.pass(bound * 0.99);
    assert.equal(opened.length, before);
    await surroundings.pass(bound * 0.01);
    assert.equal(opened.length, before + 1);
  }
});

test("after a steady connection the waits start small again", async () => {
  const { surroundings, socket, opened, last } = start();
  for (let losses = 0; losses < 5; losses += 1) {
    last().end(1006);
    await surroundings.pass(socket.status.retryAt - surroundings.now());
  }
  last().welcome();
  await surroundings.pass(6_000);
  const before = opened.length;
  last().end(1006);
  await surroundings.pass(500);
  assert.equal(opened.length, before + 1);
});

test("a welcome followed at once by a close does not make the waits small", async () => {
  const { surroundings, socket, last } = start();
  surroundings.dice = 1;
  for (let losses = 0; losses < 4; losses += 1) {
    last().welcome();
    last().end(1011);
    await surroundings.pass(socket.status.retryAt - surroundings.now());
  }
  last().end(1011);
  assert.equal(socket.status.retryAt - surroundings.now(), 8000);
});

test("retrying now does not wait", async () => {
  const { socket, opened, last } = start();
  last().end(1006);
  socket.retryNow();
  assert.equal(opened.length, 2);
});

test("a server that does not welcome is given up", async () => {
  const { surroundings, opened } = start();
  await surroundings.pass(10_000);
  assert.equal(opened[0].closed, true);
  await surroundings.pass(500);
  assert.equal(opened.length, 2);
});

test("after a silence the client asks, and an answer keeps the connection", async () => {
  const { surroundings, opened, last, socket } = start();
  last().welcome();
  await surroundings.pass(25_000);
  const ping = last().sent.at(-1);
  assert.equal(ping.op, "ping");
  last().receive({ op: "ok", id: ping.id });
  await surroundings.pass(12_000);
  assert.equal(opened.length, 1);
  assert.equal(socket.status.phase, "open");
});

test("no answer within ten seconds is a lost connection", async () => {
  const { surroundings, opened, last } = start();
  last().welcome();
  await surroundings.pass(25_000 + 10_000 + 500);
  assert.equal(opened[0].closed, true);
  assert.equal(opened.length, 2);
});

test("a page that goes says goodbye, and comes back only when it is asked to", async () => {
  const { surroundings, opened, last, socket } = start();
  last().welcome();
  socket.leave();
  assert.equal(opened[0].closeCode, 1000);
  await surroundings.pass(60_000);
  assert.equal(opened.length, 1);
  socket.retryNow();
  assert.equal(opened.length, 2);
});

test("an announced leaving is no offline time, and the next connection comes within the time named", async () => {
  const { surroundings, opened, last, socket } = start();
  last().welcome();
  last().receive({ op: "goaway", retry_after: 2 });
  last().end(4000);
  assert.equal(socket.status.offlineSince, null);
  await surroundings.pass(999);
  assert.equal(opened.length, 1);
  await surroundings.pass(1);
  assert.equal(opened.length, 2);
});

test("a replica that announced its leaving is left even if it stays", async () => {
  const { surroundings, opened, last } = start();
  last().welcome();
  last().receive({ op: "goaway", retry_after: 2 });
  await surroundings.pass(2_000);
  assert.equal(opened[0].closed, true);
  assert.equal(opened.length, 2);
});

test("an expired token is refreshed before coming back", async () => {
  const { opened, last, seen } = start();
  last().welcome();
  last().end(4001);
  await settled();
  assert.equal(seen.refreshes, 1);
  assert.equal(opened.length, 2);
});

test("refused with a fresh token too, one has to sign in", async () => {
  const { last, seen, socket } = start();
  last().end(4500);
  await settled();
  last().end(4500);
  await settled();
  assert.equal(seen.refreshes, 1);
  assert.equal(seen.signedOut, 1);
  assert.equal(socket.status.phase, "over");
});

test("a refused refresh means signing in, one that did not get through is tried again", async () => {
  const refused = start({ refresh: () => Promise.reject(new SignedOut()) });
  refused.last().end(4500);
  await settled();
  assert.equal(refused.seen.signedOut, 1);

  const lost = start({ refresh: () => Promise.reject(new TypeError("network")) });
  lost.last().end(4500);
  await settled();
  assert.equal(lost.seen.signedOut, 0);
  assert.equal(lost.socket.status.phase, "waiting");
});

test("signed out elsewhere means signing in", () => {
  const { last, seen } = start();
  last().welcome();
  last().end(4501);
  assert.equal(seen.signedOut, 1);
});

test("any other code that says stay away is obeyed, and told", async () => {
  const { surroundings, opened, last, seen, socket } = start();
  last().welcome();
  last().end(4510);
  await surroundings.pass(120_000);
  assert.equal(opened.length, 1);
  assert.equal(socket.status.closeCode, 4510);
  assert.equal(seen.signedOut, 0);
});

test("requests get their own answers", async () => {
  const { socket, last } = start();
  last().welcome();
  const first = socket.request({ op: "history" });
  const second = socket.request({ op: "send", id: "mine" });
  last().receive({ op: "error", id: "mine", code: "rate_limited", message: "Slowly.", retry_after: 2 });
  last().receive({ op: "page", id: last().sent[1].id, events: [] });
  assert.equal((await first).op, "page");
  await assert.rejects(second, { code: "rate_limited", message: "Slowly.", retryAfterMs: 2000 });
});

test("requests end with their connection, or when nobody answers", async () => {
  const { socket, surroundings, last } = start();
  await assert.rejects(socket.request({ op: "ping" }), { code: "disconnected" });
  last().welcome();
  const unanswered = assert.rejects(socket.request({ op: "history" }), { code: "timeout" });
  await surroundings.pass(20_000);
  await unanswered;
  const cut = assert.rejects(socket.request({ op: "history" }), { code: "disconnected" });
  last().end(1006);
  await cut;
});

test("a frame too large fails its message instead of being sent for ever", async () => {
  const { socket, last } = start();
  last().welcome();
  const tooLarge = assert.rejects(socket.request({ op: "send", id: "1" }), { code: "too_large" });
  last().end(1009);
  await tooLarge;
  assert.equal(socket.status.phase, "waiting");
});
