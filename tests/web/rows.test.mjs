import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut, sameRow } from "../../chat_service/static/js/rows.js";
import { ADA, LINUS, join, message } from "./fakes.mjs";

const NOON = new Date(2026, 0, 15, 12).getTime();
const MINUTE = 60_000;
const at = (minutes) => NOON + minutes * MINUTE;
const lay = (parts) => layOut({ entries: [], me: ADA, ...parts });
const kinds = (rows) => rows.map((row) => (row.kind === "message" ? `${row.head ? "head" : "more"} ${row.entry.text}` : row.kind === "notice" ? row.entry.type : row.kind));

test("one author's messages within five minutes are one group", () => {
  const rows = lay({ entries: [0, 1, 4, 5].map((minutes, index) => message(index + 1, { at: at(minutes), text: String(minutes) })) });
  assert.deepEqual(kinds(rows), ["day", "head 0", "more 1", "more 4", "head 5"]);
});

test("another author, a join, a reply and a new day begin a group", () => {
  const rows = lay({
    entries: [
      message(1, { at: at(0), text: "a" }),
      message(2, { at: at(1), text: "b", author: ADA }),
      join(3, ADA, at(2)),
      message(4, { at: at(3), text: "c", author: ADA }),
      message(5, { at: at(3), text: "d", author: ADA, reply_to: 1 }),
      message(6, { at: at(12 * 60 + 1), text: "e", author: ADA }),
    ],
  });
  assert.deepEqual(kinds(rows), ["day", "head a", "head b", "join", "head c", "head d", "day", "head e"]);
});

test("what is on its way comes last and keeps its key when it is stored", () => {
  const entries = [message(1, { at: at(0), text: "a" })];
  const item = { id: "x", room: "lobby", text: "mine", at: at(1), state: "queued" };
  const [, , sending] = lay({ entries, pending: [item] });
  const [, , stored, ...none] = lay({ entries: [...entries, message(2, { author: ADA, id: "x", text: "mine", at: at(1) })], pending: [item] });
  assert.equal(sending.state, "sending");
  assert.equal(stored.state, "stored");
  assert.equal(sending.key, stored.key);
  assert.deepEqual(none, []);
});

test("without a connection a message says that it waits for one", () => {
  const item = { id: "x", room: "lobby", text: "mine", at: at(1), state: "queued" };
  assert.equal(lay({ pending: [item], online: false })[1].state, "queued");
});

test("a message that is stored but not yet back looks stored", () => {
  assert.equal(lay({ pending: [{ id: "x", text: "", at: at(0), state: "sent" }] })[1].state, "stored");
});

test("comings in a row are one line", () => {
  const rows = lay({ entries: [join(1, ADA, at(0)), join(2, LINUS, at(1)), message(3, { at: at(2), text: "a" }), join(4, ADA, at(3))] });
  assert.deepEqual(kinds(rows), ["day", "join", "head a", "join"]);
  assert.deepEqual(rows[1].people, [ADA, LINUS]);
});

test("types of a newer server are shown as nothing", () => {
  assert.deepEqual(lay({ entries: [{ type: "hologram", seq: 1, at: at(0), author: ADA }] }), []);
});

test("a deleted message leaves a place only where a thread hangs on it", () => {
  const gone = (seq, more) => message(seq, { at: at(seq), text: "", erased: true, ...more });
  assert.deepEqual(kinds(lay({ entries: [gone(1), gone(2, { replies: 1 })] })), ["day", "head "]);
});

test("the line for what is new stands before the first message of another, after its day", () => {
  const entries = [message(1, { text: "a", at: at(0) }), message(2, { text: "b", author: ADA, at: at(1) }), message(3, { text: "c", at: at(24 * 60) }), message(4, { text: "d", at: at(24 * 60 + 1) })];
  assert.deepEqual(kinds(lay({ entries, newAfter: 1 })), ["day", "head a", "head b", "day", "new", "head c", "more d"]);
});

test("a message that names the reader says so, and an answer brings what it answers", () => {
  const [, row] = lay({ entries: [message(2, { mentions: ["a"], reply_to: 1 })], quote: (seq) => ({ seq }) });
  assert.equal(row.calls, true);
  assert.deepEqual(row.quote, { seq: 1 });
});

test("who has read everything stands at the last message alone", () => {
  const rows = lay({ entries: [message(1, { at: at(0) }), message(2, { at: at(1) })], readBy: "Linus" });
  assert.deepEqual(rows.map((row) => row.readBy), [undefined, "", "Linus"]);
  assert.equal(sameRow(rows[2], lay({ entries: [message(1, { at: at(0) }), message(2, { at: at(1) })] })[2]), false);
});

test("a row is the same until something in it changes", () => {
  const entries = [message(1, { at: at(0) }), join(2, ADA, at(1))];
  const pending = [{ id: "x", room: "lobby", text: "mine", at: at(1), state: "queued" }];
  const before = lay({ entries, pending });
  const after = lay({ entries, pending });
  assert.ok(before.every((row, index) => sameRow(row, after[index])));
  const edited = lay({ entries: [{ ...entries[0], text: "better" }, entries[1]], pending: [{ ...pending[0], state: "failed" }] });
  assert.deepEqual(before.map((row, index) => sameRow(row, edited[index])), [true, false, true, false]);
  const [first, second] = [join(2, ADA, at(1)), join(3, LINUS, at(1))];
  const [gathered, renamed] = [LINUS, { ...LINUS, name: "deleted person" }].map((author) => lay({ entries: [first, { ...second, author }] }));
  assert.deepEqual(gathered.map((row, index) => sameRow(row, renamed[index])), [true, false]);
});

test("a day is drawn anew when it is called otherwise", () => {
  const entries = [message(1, { at: at(0) })];
  const [today] = lay({ entries, now: at(60) });
  const [later] = lay({ entries, now: at(11 * 60) });
  const [yesterday] = lay({ entries, now: at(13 * 60) });
  assert.deepEqual([today.label, yesterday.label], ["Today", "Yesterday"]);
  assert.deepEqual([sameRow(today, later), sameRow(today, yesterday)], [true, false]);
});

test("keys are unique over days", () => {
  const entries = [0, 1, 2].map((day) => message(day + 1, { at: at(day * 24 * 60) }));
  const keys = lay({ entries }).map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
});
