import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadingWindow } from "../../chat_service/static/js/reading_window.js";
import { Timeline } from "../../chat_service/static/js/timeline.js";
import { messages } from "./fakes.mjs";

function timelineOf(from, to) {
  const timeline = new Timeline();
  timeline.open(messages(from, to), from > 1);
  return timeline;
}

const span = (window) => [window.from, window.to];

test("begins at the end of the timeline and follows it", () => {
  const timeline = timelineOf(1, 1000);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  assert.deepEqual(span(window), [901, 1000]);
  timeline.add(messages(1001, 1001));
  window.grow(timeline, true);
  assert.deepEqual(span(window), [901, 1001]);
  assert.equal(window.following, true);
});

test("a burst keeps a reader at the end there, and the window bounded", () => {
  const timeline = timelineOf(1, 100);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  timeline.add(messages(101, 800));
  assert.equal(window.down(timeline), false);
  window.grow(timeline, true);
  assert.deepEqual(span(window), [501, 800]);
  assert.equal(window.following, true);
});

test("a reader further up keeps what is in view, and past the limit new events wait below", () => {
  const timeline = timelineOf(1, 100);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  timeline.add(messages(101, 800));
  window.grow(timeline, false);
  assert.deepEqual(span(window), [1, 300]);
  assert.equal(window.following, false);
});

test("going up lets go of the far end, going down brings it back", () => {
  const timeline = timelineOf(1, 1000);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  for (let steps = 0; steps < 5; steps += 1) window.up(timeline);
  assert.deepEqual(span(window), [651, 950]);
  assert.equal(window.following, false);
  window.down(timeline);
  assert.deepEqual(span(window), [701, 1000]);
  assert.equal(window.following, true);
});

test("at the oldest event there is nothing more above", () => {
  const timeline = timelineOf(1, 20);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  assert.equal(window.up(timeline), false);
});

test("a timeline begun anew is shown from its end", () => {
  const timeline = timelineOf(1, 100);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  timeline.open(messages(4951, 5000), true);
  window.grow(timeline, false);
  assert.deepEqual(span(window), [4951, 5000]);
  timeline.open(messages(1, 3), false);
  window.grow(timeline, false);
  assert.deepEqual(span(window), [1, 3]);
});

test("an empty room has an empty window that takes the first event in", () => {
  const timeline = timelineOf(1, 0);
  const window = new ReadingWindow();
  window.grow(timeline, true);
  timeline.add(messages(1, 1));
  window.grow(timeline, true);
  assert.deepEqual(span(window), [1, 1]);
});
