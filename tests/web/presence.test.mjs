import assert from "node:assert/strict";
import { test } from "node:test";
import { Notices } from "../../chat_service/static/js/notices.js";
import { Presence } from "../../chat_service/static/js/presence.js";
import { ADA, FakeSurroundings, LINUS } from "./fakes.mjs";

test("a snapshot says who is here and tells of no changes", () => {
  const presence = new Presence();
  assert.deepEqual(presence.update({ snapshot: true, online: [LINUS, ADA], offline: [] }), { came: [], left: [] });
  assert.deepEqual(presence.people, [ADA, LINUS]);
  presence.update({ snapshot: true, online: [ADA], offline: [] });
  assert.deepEqual(presence.people, [ADA]);
});

test("only real changes are changes", () => {
  const presence = new Presence();
  presence.update({ snapshot: true, online: [ADA], offline: [] });
  assert.deepEqual(presence.update({ online: [ADA, LINUS], offline: [] }), { came: [LINUS], left: [] });
  assert.deepEqual(presence.update({ online: [], offline: [LINUS] }), { came: [], left: [LINUS] });
  assert.deepEqual(presence.update({ online: [], offline: [LINUS] }), { came: [], left: [] });
});

function noticesOf(me = "a") {
  const surroundings = new FakeSurroundings();
  const notices = new Notices(me, surroundings, () => {});
  return { notices, surroundings, told: () => notices.list.map(({ kind, person }) => `${person.name} ${kind}`) };
}

test("comings are told at once, leavings when they lasted a moment", async () => {
  const { notices, surroundings, told } = noticesOf();
  notices.came(LINUS, 1);
  assert.deepEqual(told(), ["Linus came"]);
  notices.left(LINUS, () => 2);
  assert.deepEqual(told(), ["Linus came"]);
  await surroundings.pass(3000);
  assert.deepEqual(told(), ["Linus left"]);
});

test("who reloads the page has neither left nor come", async () => {
  const { notices, surroundings, told } = noticesOf();
  notices.left(LINUS, () => 1);
  await surroundings.pass(1000);
  notices.came(LINUS, 1);
  await surroundings.pass(10_000);
  assert.deepEqual(told(), []);
});

test("nothing is told of oneself", async () => {
  const { notices, surroundings, told } = noticesOf();
  notices.came(ADA, 1);
  notices.left(ADA, () => 1);
  await surroundings.pass(10_000);
  assert.deepEqual(told(), []);
});

test("what was told is gone after a while", async () => {
  const { notices, surroundings, told } = noticesOf();
  notices.came(LINUS, 1);
  await surroundings.pass(11 * 60_000);
  assert.deepEqual(told(), []);
});
