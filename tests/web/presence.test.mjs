import assert from "node:assert/strict";
import { test } from "node:test";
import { Presence } from "../../chat_service/static/js/presence.js";

const here = (presence, room) => [...presence.in(room)].sort();

test("a snapshot replaces what was known of the room, changes add to it and take away", () => {
  const presence = new Presence();
  presence.told({ room: "lobby", online: ["a", "b"], snapshot: true });
  presence.told({ room: "lobby", online: ["c"], offline: ["a"] });
  assert.deepEqual(here(presence, "lobby"), ["b", "c"]);
  presence.told({ room: "lobby", online: ["d"], snapshot: true });
  assert.deepEqual(here(presence, "lobby"), ["d"]);
});

test("somebody is here who is in any room that is watched", () => {
  const presence = new Presence();
  presence.told({ room: "lobby", online: ["a"], snapshot: true });
  presence.told({ room: "kitchen", online: ["b"], snapshot: true });
  assert.equal(presence.isHere("b"), true);
  assert.equal(presence.isHere("c"), false);
});

test("of a room that is not watched any more nothing is known", () => {
  const presence = new Presence();
  presence.told({ room: "lobby", online: ["a"], snapshot: true });
  presence.watching(["kitchen"]);
  assert.deepEqual(here(presence, "lobby"), []);
  assert.equal(presence.isHere("a"), false);
});
