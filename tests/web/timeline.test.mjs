import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../../chat_service/static/js/timeline.js";
import { ADA, message, messages } from "./fakes.mjs";

const seqs = (timeline) => timeline.between(timeline.first, timeline.last).map((event) => event.seq);

test("a new timeline holds nothing and shows nothing", () => {
  const timeline = new Timeline();
  assert.equal(timeline.anchored, false);
  timeline.add(messages(1, 3));
  assert.deepEqual(seqs(timeline), []);
});

test("live events that came before the first page join on to it, each once", () => {
  const timeline = new Timeline();
  timeline.add(messages(9, 12));
  timeline.open(messages(5, 10), true);
  assert.deepEqual(seqs(timeline), [5, 6, 7, 8, 9, 10, 11, 12]);
});

test("an empty room takes its first event", () => {
  const timeline = new Timeline();
  timeline.open([], false);
  assert.equal(timeline.last, 0);
  timeline.add([message(1)]);
  assert.deepEqual(seqs(timeline), [1]);
});

test("an event ahead of its turn is held back until the gap is filled", () => {
  const timeline = new Timeline();
  timeline.open(messages(1, 3), false);
  timeline.add([message(6)]);
  assert.equal(timeline.last, 3);
  assert.equal(timeline.gapBefore, 6);
  timeline.add(messages(4, 5));
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4, 5, 6]);
  assert.equal(timeline.gapBefore, null);
});

test("duplicates change nothing", () => {
  const timeline = new Timeline();
  timeline.open(messages(1, 5), false);
  timeline.add(messages(2, 6));
  timeline.add(messages(1, 6));
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4, 5, 6]);
});

test("older pages go in front, in whatever order they arrive", () => {
  const timeline = new Timeline();
  timeline.open(messages(21, 30), true);
  timeline.add(messages(1, 10));
  assert.equal(timeline.first, 21);
  timeline.addOlder(messages(11, 20), true);
  assert.equal(timeline.first, 1);
  assert.deepEqual(seqs(timeline), messages(1, 30).map((event) => event.seq));
});

test("the oldest page says that there are no more", () => {
  const timeline = new Timeline();
  timeline.open(messages(3, 4), true);
  timeline.addOlder(messages(1, 2), false);
  assert.equal(timeline.more, false);
});

test("after closing, the old events stay in view and new ones wait for the new first page", () => {
  const timeline = new Timeline();
  timeline.open(messages(1, 5), false);
  timeline.close();
  timeline.add([message(901)]);
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4, 5]);
  timeline.open(messages(851, 900), true);
  assert.equal(timeline.first, 851);
  assert.equal(timeline.last, 901);
  assert.equal(timeline.has("l", "id-3"), false);
});

test("a message is known by its author and the author's own id", () => {
  const timeline = new Timeline();
  timeline.open([message(1, { author: ADA, id: "x" })], false);
  assert.equal(timeline.has("a", "x"), true);
  assert.equal(timeline.has("l", "x"), false);
});

test("types of a newer server count in the sequence", () => {
  const timeline = new Timeline();
  timeline.open([{ type: "hologram", seq: 1, at: 0 }, message(2)], false);
  assert.equal(timeline.last, 2);
});
