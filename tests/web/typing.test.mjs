import assert from "node:assert/strict";
import { test } from "node:test";
import { Typing } from "../../chat_service/static/js/typing.js";
import { ADA, FakeSurroundings, LINUS } from "./fakes.mjs";

function start() {
  const surroundings = new FakeSurroundings();
  const sent = [];
  const seen = { changes: 0 };
  const typing = new Typing(surroundings, { send: (frame) => sent.push(frame), onChange: () => (seen.changes += 1) });
  return { typing, surroundings, sent, seen };
}

test("that somebody types is over after five seconds, and that is told", async () => {
  const { typing, surroundings, seen } = start();
  typing.told({ room: "lobby", people: [LINUS] });
  await surroundings.pass(4_999);
  assert.deepEqual(typing.in("lobby"), [LINUS]);
  await surroundings.pass(1);
  assert.deepEqual(typing.in("lobby"), []);
  assert.equal(seen.changes, 2);
});

test("it is over with the message, for its author alone", () => {
  const { typing } = start();
  typing.told({ room: "lobby", people: [LINUS, ADA] });
  typing.said("lobby", LINUS.id);
  assert.deepEqual(typing.in("lobby"), [ADA]);
});

test("a signal that comes later than the message it announced is no news, the next one is", async () => {
  const { typing, surroundings } = start();
  typing.said("lobby", LINUS.id);
  typing.told({ room: "lobby", people: [LINUS, ADA] });
  assert.deepEqual(typing.in("lobby"), [ADA]);
  await surroundings.pass(2_500);
  typing.told({ room: "lobby", people: [LINUS] });
  assert.deepEqual(typing.in("lobby"), [ADA, LINUS]);
});

test("each of several messages in a row holds off what was typed before it", async () => {
  const { typing, surroundings } = start();
  typing.said("lobby", LINUS.id);
  await surroundings.pass(2_000);
  typing.said("lobby", LINUS.id);
  await surroundings.pass(1_000);
  typing.told({ room: "lobby", people: [LINUS] });
  assert.deepEqual(typing.in("lobby"), []);
});

test("who typed a moment before another is still typing", async () => {
  const { typing, surroundings } = start();
  typing.told({ room: "lobby", people: [LINUS] });
  await surroundings.pass(1_500);
  typing.told({ room: "lobby", people: [ADA] });
  assert.deepEqual(typing.in("lobby"), [LINUS, ADA]);
  await surroundings.pass(3_500);
  assert.deepEqual(typing.in("lobby"), [ADA]);
});

test("others are told every three seconds at most, and anew after a message", async () => {
  const { typing, surroundings, sent } = start();
  typing.typed("lobby");
  typing.typed("lobby");
  assert.equal(sent.length, 1);
  await surroundings.pass(3_000);
  typing.typed("lobby");
  assert.equal(sent.length, 2);
  typing.sent("lobby");
  typing.typed("lobby");
  assert.deepEqual(sent[2], { op: "typing", room: "lobby" });
});
