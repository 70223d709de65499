import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../chat_service/static/js/rows.js";
import { ADA, LINUS, join, message } from "./fakes.mjs";

const NOON = new Date(2026, 0, 15, 12).getTime();
const MINUTE = 60_000;
const at = (minutes) => NOON + minutes * MINUTE;
const lay = (parts) => layOut({ events: [], me: ADA, ...parts });
const kinds = (rows) => rows.map((row) => (row.kind === "message" ? `${row.head ? "head" : "more"} ${row.text}` : row.kind));

test("one author's messages within five minutes are one group", () => {
  const rows = lay({ events: [0, 1, 4, 5].map((minutes, index) => message(index + 1, { at: at(minutes), text: String(minutes) })) });
  assert.deepEqual(kinds(rows), ["day", "head 0", "more 1", "more 4", "head 5"]);
});

test("another author, a join and a new day begin a group", () => {
  const rows = lay({
    events: [
      message(1, { at: at(0), text: "a" }),
      message(2, { at: at(1), text: "b", author: ADA }),
      join(3, ADA, at(2)),
      message(4, { at: at(3), text: "c", author: ADA }),
      message(5, { at: at(12 * 60 + 1), text: "d", author: ADA }),
    ],
  });
  assert.deepEqual(kinds(rows), ["day", "head a", "head b", "joined", "head c", "day", "head d"]);
});

test("what is on its way comes last and keeps its key when it is stored", () => {
  const events = [message(1, { at: at(0), text: "a" })];
  const item = { id: "x", room: "lobby", text: "mine", at: at(1), state: "queued" };
  const [, , sending] = lay({ events, pending: [item] });
  const [, , stored] = lay({ events: [...events, message(2, { author: ADA, id: "x", text: "mine", at: at(1) })] });
  assert.equal(sending.state, "sending");
  assert.equal(stored.state, "stored");
  assert.equal(sending.key, stored.key);
});

test("without a connection a message says that it waits for one", () => {
  const item = { id: "x", room: "lobby", text: "mine", at: at(1), state: "queued" };
  assert.equal(lay({ pending: [item], online: false })[1].state, "queued");
});

test("a message that is stored but not yet back looks stored", () => {
  assert.equal(lay({ pending: [{ id: "x", text: "", at: at(0), state: "sent" }] })[1].state, "stored");
});

test("comings and goings stand where they happened", () => {
  const events = [message(1, { at: at(0), text: "a" }), message(2, { at: at(1), text: "b" })];
  const rows = lay({ events, notices: [{ kind: "left", person: ADA, at: at(0.5), after: 1 }] });
  assert.deepEqual(kinds(rows), ["day", "head a", "left", "head b"]);
});

test("who has just joined is not told of twice", () => {
  const rows = lay({ events: [join(1, LINUS, at(0))], notices: [{ kind: "came", person: LINUS, at: at(0.1), after: 0 }] });
  assert.deepEqual(kinds(rows), ["day", "joined"]);
});

test("types of a newer server are shown as nothing", () => {
  assert.deepEqual(lay({ events: [{ type: "hologram", seq: 1, at: at(0), author: ADA }] }), []);
});

test("the line for what is new stands before the first message of another", () => {
  const events = [message(1, { text: "a" }), message(2, { text: "b", author: ADA }), message(3, { text: "c" }), message(4, { text: "d" })];
  assert.deepEqual(kinds(lay({ events, newAfter: 1 })), ["day", "head a", "head b", "new", "head c", "more d"]);
});

test("keys are unique over days and repeated notices", () => {
  const events = [0, 1, 2].map((day) => message(day + 1, { at: at(day * 24 * 60) }));
  const keys = lay({ events }).map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
});
