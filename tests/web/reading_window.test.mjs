import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadingWindow } from "../../chat_service/static/js/reading_window.js";
import { Timeline } from "../../chat_service/static/js/timeline.js";
import { change, message, messages } from "./fakes.mjs";

function timelineOf(from, to, more = {}) {
  const timeline = new Timeline();
  timeline.open({ events: messages(from, to), as_of: to, more: from > 1, ...more });
  return timeline;
}

function begun(timeline) {
  const window = new ReadingWindow();
  window.grow(timeline, true);
  return window;
}

const grow = (timeline, from, to) => messages(from, to).forEach((event) => timeline.apply(event));
const span = (window) => [window.from, window.to];

test("begins at the end of the timeline and follows it", () => {
  const timeline = timelineOf(1, 1000);
  const window = begun(timeline);
  assert.deepEqual(span(window), [921, 1000]);
  grow(timeline, 1001, 1001);
  window.grow(timeline, true);
  assert.deepEqual(span(window), [921, 1001]);
  assert.equal(window.following, true);
});

test("a burst keeps a reader at the end there, and the window bounded", () => {
  const timeline = timelineOf(1, 100);
  const window = begun(timeline);
  grow(timeline, 101, 800);
  window.grow(timeline, true);
  assert.deepEqual(span(window), [501, 800]);
  assert.equal(window.following, true);
});

test("a reader further up keeps what is in view, and past the limit new messages wait below", () => {
  const timeline = timelineOf(1, 100);
  const window = begun(timeline);
  grow(timeline, 101, 800);
  window.grow(timeline, false);
  assert.deepEqual(span(window), [21, 320]);
  assert.equal(window.following, false);
});

test("going up lets go of the far end, going down brings it back", () => {
  const timeline = timelineOf(1, 1000);
  const window = begun(timeline);
  for (let steps = 0; steps < 5; steps += 1) window.up(timeline);
  assert.deepEqual(span(window), [671, 970]);
  assert.equal(window.following, false);
  window.down(timeline);
  assert.deepEqual(span(window), [701, 1000]);
  assert.equal(window.following, true);
});

test("a reader who sees both edges, as where many joined in one line, keeps the end in view", () => {
  const timeline = timelineOf(1, 1000);
  const window = begun(timeline);
  for (let steps = 0; steps < 5; steps += 1) assert.equal(window.up(timeline, true), true);
  assert.deepEqual(span(window), [701, 1000]);
  assert.equal(window.following, true);
  assert.equal(window.up(timeline, true), false);
});

test("at the oldest there is nothing more above", () => {
  const timeline = timelineOf(1, 20);
  const window = begun(timeline);
  assert.equal(window.up(timeline), false);
  assert.equal(window.atTop(timeline), true);
});

test("around a message, it lies in the middle", () => {
  const timeline = timelineOf(1, 1000);
  const window = begun(timeline);
  window.around(timeline, 500);
  assert.deepEqual(span(window), [460, 540]);
  assert.equal(window.following, false);
});

test("further up in the room, the end of what is loaded is not the end", () => {
  const timeline = timelineOf(1, 50, { more_after: true, as_of: 900 });
  const window = begun(timeline);
  assert.equal(window.to, 50);
  assert.equal(window.following, false);
  timeline.addNewer({ events: messages(51, 100), as_of: 900, more_after: true });
  window.grow(timeline, false);
  assert.equal(window.to, 50);
  assert.equal(window.down(timeline), true);
  assert.equal(window.to, 100);
});

test("a timeline begun anew is shown from its end", () => {
  const timeline = timelineOf(1, 100);
  const window = begun(timeline);
  timeline.open({ events: messages(4951, 5000), as_of: 5000, more: true });
  window.grow(timeline, false);
  assert.deepEqual(span(window), [4951, 5000]);
  timeline.open({ events: messages(1, 3), as_of: 3 });
  window.grow(timeline, false);
  assert.deepEqual(span(window), [1, 3]);
});

test("an empty room has an empty window that takes the first message in", () => {
  const timeline = timelineOf(1, 0);
  const window = begun(timeline);
  assert.deepEqual(window.entries(timeline), []);
  timeline.apply(message(1));
  window.grow(timeline, true);
  assert.deepEqual(span(window), [1, 1]);
});

test("places are counted in what is shown: changes of messages take none", () => {
  const timeline = timelineOf(1, 10);
  const window = begun(timeline);
  for (let seq = 11; seq < 500; seq += 1) timeline.apply(change(seq, "react", 5, { emoji: "👍" }));
  timeline.apply(message(500));
  window.grow(timeline, true);
  assert.deepEqual(span(window), [1, 500]);
  assert.equal(window.entries(timeline).length, 11);
});
