import assert from "node:assert/strict";
import { test } from "node:test";
import { eachMidnight } from "../../chat_service/static/js/midnight.js";
import { FakeSurroundings } from "./fakes.mjs";

test("each midnight of the reader's is told", async () => {
  const surroundings = new FakeSurroundings();
  const told = [];
  eachMidnight(surroundings, () => told.push(new Date(surroundings.now()).toTimeString().slice(0, 8)));
  await surroundings.pass(72 * 3_600_000);
  assert.deepEqual(told, Array(3).fill("00:00:00"));
});
