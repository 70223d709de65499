import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asSent, changes, fold, forgotten } from "../../chat_service/static/js/folding.js";

const [cases, forgetting] = ["folding", "forgetting"].map((name) => JSON.parse(readFileSync(new URL(`../${name}.json`, import.meta.url), "utf8")));

/** Without what has its default value, which may be left out in either direction. */
const stated = (message) =>
  Object.fromEntries(Object.entries(message).filter(([, value]) => (Array.isArray(value) ? value.length : value)));

for (const { name, message, changes: all, expected } of cases) {
  test(`folding: ${name}`, () => {
    const before = JSON.stringify(message);
    const folded = all.reduce(fold, asSent(message));
    assert.deepEqual(stated(folded), stated(expected));
    assert.equal(JSON.stringify(message), before);
  });
}

for (const { name, event, gone, erase, expected } of forgetting) {
  test(`forgetting: ${name}`, () => {
    const before = JSON.stringify(event);
    assert.deepEqual(stated(forgotten(event, { ...gone, erased: erase })), stated(expected));
    assert.equal(JSON.stringify(event), before);
  });
}

test("an event names the message that it changes, if it does", () => {
  assert.equal(changes({ type: "edit", target: 3 }), 3);
  assert.equal(changes({ type: "message", text: "Yes", reply_to: 5, thread: 3 }), 3);
  assert.equal(changes({ type: "message", text: "Hi" }), undefined);
  assert.equal(changes({ type: "hologram", target: 3 }), undefined);
  assert.equal(changes({ type: "toString", target: 3 }), undefined);
});
