import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../../chat_service/static/js/timeline.js";
import { ADA, change, join, message, messages } from "./fakes.mjs";

const seqs = (timeline) => timeline.slice(0, timeline.length - 1).map((event) => event.seq);
const page = (events, more = {}) => ({ events, as_of: events.at(-1)?.seq ?? 0, ...more });

function opened(events, more) {
  const timeline = new Timeline();
  timeline.open(page(events, more));
  return timeline;
}

test("a new timeline holds nothing, and live events wait for its first page", () => {
  const timeline = new Timeline();
  timeline.apply(message(1));
  assert.equal(timeline.opened, false);
  assert.deepEqual(seqs(timeline), []);
});

test("live events come after the newest page, each once", () => {
  const timeline = opened(messages(5, 10));
  for (const event of messages(9, 12)) timeline.apply(event);
  assert.deepEqual(seqs(timeline), [5, 6, 7, 8, 9, 10, 11, 12]);
});

test("an empty room takes its first event", () => {
  const timeline = opened([]);
  timeline.apply(message(1));
  assert.deepEqual(seqs(timeline), [1]);
});

test("a change shows in the message that it concerns, and is none itself", () => {
  const timeline = opened(messages(1, 3));
  timeline.apply(change(4, "edit", 2, { text: "better" }));
  timeline.apply(change(5, "react", 2, { emoji: "👍" }));
  timeline.apply(message(6, { thread: 1 }));
  assert.deepEqual(seqs(timeline), [1, 2, 3, 6]);
  assert.equal(timeline.find(2).text, "better");
  assert.deepEqual(timeline.find(2).reactions, [{ emoji: "👍", people: ["l"] }]);
  assert.equal(timeline.find(1).replies, 1);
});

test("a change that the page had already seen does not count twice", () => {
  const timeline = new Timeline();
  timeline.open({ events: [{ ...message(1), replies: 1 }], as_of: 3 });
  timeline.apply(message(2, { thread: 1 }));
  assert.equal(timeline.find(1).replies, 1);
  timeline.apply(message(4, { thread: 1 }));
  assert.equal(timeline.find(1).replies, 2);
});

test("a page that is older than a change gets the change", () => {
  const timeline = opened(messages(11, 20), { more: true });
  timeline.apply(change(21, "delete", 5));
  timeline.addOlder({ events: messages(1, 10), as_of: 20 });
  timeline.apply(change(21, "delete", 5)); // kept by the room while the page was on its way
  assert.equal(timeline.find(5).erased, true);
});

test("older pages go in front, and the oldest says that there are no more", () => {
  const timeline = opened(messages(21, 30), { more: true });
  timeline.addOlder({ events: messages(11, 20), as_of: 30, more: true });
  assert.equal(timeline.more, true);
  timeline.addOlder({ events: messages(1, 10), as_of: 30 });
  assert.equal(timeline.more, false);
  assert.deepEqual(seqs(timeline), messages(1, 30).map((event) => event.seq));
});

test("further up in the room, live messages wait until newer pages have come to them", () => {
  const timeline = opened(messages(1, 10), { more_after: true, as_of: 30 });
  timeline.apply(message(31));
  timeline.apply(change(32, "pin", 3));
  assert.deepEqual(seqs(timeline), messages(1, 10).map((event) => event.seq));
  assert.equal(timeline.find(3).pinned, true);
  timeline.addNewer({ events: messages(11, 31), as_of: 32 });
  assert.equal(timeline.newer, false);
  timeline.apply(message(33));
  assert.equal(timeline.at(-1).seq, 33);
});

test("it stays bounded, whichever way one reads", () => {
  const timeline = opened(messages(2001, 2100), { more: true });
  for (let end = 2000; end > 0; end -= 100) timeline.addOlder({ events: messages(end - 99, end), as_of: 2100, more: end > 100 });
  assert.equal(timeline.length, 1000);
  assert.deepEqual([timeline.at(0).seq, timeline.to, timeline.newer], [1, 1000, true]);
  for (let start = 1001; start < 2100; start += 100) timeline.addNewer({ events: messages(start, start + 99), as_of: 2100, more_after: start < 2001 });
  assert.equal(timeline.length, 1000);
  assert.deepEqual([timeline.at(0).seq, timeline.to, timeline.newer, timeline.more], [1101, 2100, false, true]);
});

test("outdated, what was there stays in view until a new page comes", () => {
  const timeline = opened(messages(1, 5));
  timeline.outdate();
  assert.equal(timeline.opened, false);
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4, 5]);
  timeline.open(page(messages(851, 900), { more: true }));
  assert.equal(timeline.find(3), undefined);
});

test("a message is known by its author and the author's own id", () => {
  const timeline = opened([message(1, { author: ADA, id: "x" })]);
  assert.equal(timeline.has("a", "x"), true);
  assert.equal(timeline.has("l", "x"), false);
});

test("changes of the room and types of a newer server have their place", () => {
  const timeline = opened([join(1)]);
  timeline.apply({ type: "hologram", seq: 2, at: 0, author: ADA, id: "h" });
  timeline.apply(message(3));
  assert.deepEqual(seqs(timeline), [1, 2, 3]);
});
