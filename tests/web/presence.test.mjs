import assert from "node:assert/strict";
import { test } from "node:test";
import { Notices } from "../../chat_service/static/js/notices.js";
import { Presence } from "../../chat_service/static/js/presence.js";
import { ADA, FakeSurroundings, LINUS } from "./fakes.mjs";

function presenceOf(...people) {
  const surroundings = new FakeSurroundings();
  const told = [];
  const presence = new Presence(surroundings, {
    onCame: (person) => told.push(`${person.name} came`),
    onLeft: (person) => told.push(`${person.name} left`),
  });
  presence.update({ snapshot: true, online: people, offline: [] });
  return { presence, surroundings, told, names: () => presence.people.map((person) => person.name) };
}

const comes = (person) => ({ online: [person], offline: [] });
const leaves = (person) => ({ online: [], offline: [person] });

test("a snapshot replaces what was known and tells of no changes", () => {
  const { presence, told, names } = presenceOf(LINUS, ADA);
  assert.deepEqual(names(), ["Ada", "Linus"]);
  presence.update({ snapshot: true, online: [ADA], offline: [] });
  assert.deepEqual(names(), ["Ada"]);
  assert.deepEqual(told, []);
});

test("only real changes are told", async () => {
  const { presence, surroundings, told } = presenceOf(ADA);
  presence.update(comes(ADA));
  presence.update(comes(LINUS));
  presence.update(leaves(LINUS));
  presence.update(leaves(LINUS));
  await surroundings.pass(5000);
  presence.update(leaves(LINUS));
  await surroundings.pass(5000);
  assert.deepEqual(told, ["Linus came", "Linus left"]);
});

test("who reloads the page has neither left nor come", async () => {
  const { presence, surroundings, told, names } = presenceOf(ADA, LINUS);
  presence.update(leaves(LINUS));
  await surroundings.pass(1000);
  assert.deepEqual(names(), ["Ada", "Linus"]);
  presence.update(comes(LINUS));
  await surroundings.pass(10_000);
  assert.deepEqual(told, []);
  assert.deepEqual(names(), ["Ada", "Linus"]);
});

test("a new snapshot overrules a leaving that was about to be told", async () => {
  const { presence, surroundings, told } = presenceOf(ADA, LINUS);
  presence.update(leaves(LINUS));
  presence.update({ snapshot: true, online: [ADA, LINUS], offline: [] });
  await surroundings.pass(10_000);
  assert.deepEqual(told, []);
});

function noticesOf(me) {
  const surroundings = new FakeSurroundings();
  const notices = new Notices(me, surroundings.now);
  return { notices, surroundings, told: () => notices.list.map(({ kind, person }) => `${person.name} ${kind}`) };
}

test("a person has one line, the newest", () => {
  const { notices, told } = noticesOf("x");
  notices.tell("came", LINUS, 1);
  notices.tell("came", ADA, 2);
  notices.tell("left", LINUS, 3);
  assert.deepEqual(told(), ["Ada came", "Linus left"]);
});

test("nothing is told of oneself", () => {
  const { notices, told } = noticesOf(ADA.id);
  notices.tell("came", ADA, 1);
  assert.deepEqual(told(), []);
});

test("what was told is gone after a while", async () => {
  const { notices, surroundings, told } = noticesOf("x");
  notices.tell("came", LINUS, 1);
  await surroundings.pass(11 * 60_000);
  assert.deepEqual(told(), []);
});
