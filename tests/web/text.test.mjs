import assert from "node:assert/strict";
import { test } from "node:test";
import { dayLabelOf, dayOf, hueOf, initialsOf, isEmoji, lengthOf } from "../../chat_service/static/js/format.js";
import { splitLinks } from "../../chat_service/static/js/links.js";

const links = (text) => splitLinks(text).flatMap((piece) => (piece.href ? [piece.text] : []));

test("only http and https become links", () => {
  assert.deepEqual(links("see http://a.example and https://b.example/x?y=1#z"), ["http://a.example", "https://b.example/x?y=1#z"]);
  for (const text of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "JAVASCRIPT://x", "ftp://a.example"]) {
    assert.deepEqual(links(text), []);
  }
});

test("punctuation after an address is not part of it, a bracket opened in it is", () => {
  assert.deepEqual(links("(https://a.example/b)."), ["https://a.example/b"]);
  assert.deepEqual(links("https://a.example/b_(c), so"), ["https://a.example/b_(c)"]);
  assert.deepEqual(links("<https://a.example/>"), ["https://a.example/"]);
});

test("the pieces joined are the text, whatever it holds", () => {
  for (const text of ["", "plain", "https://", "https://[bad", "a https://b.example c https://d.example", "<b>https://e.example</b>"]) {
    assert.equal(splitLinks(text).map((piece) => piece.text).join(""), text);
  }
});

test("initials come from a name's parts", () => {
  assert.equal(initialsOf("ada"), "AD");
  assert.equal(initialsOf("grace.hopper"), "GH");
  assert.equal(initialsOf("x"), "X");
  assert.equal(initialsOf("_"), "?");
  assert.equal(initialsOf("😀😃"), "😀😃");
});

test("a person's hue stays and is one of twelve", () => {
  const hues = new Set(Array.from({ length: 500 }, (_, index) => hueOf(`person-${index}`)));
  assert.equal(hueOf("person-1"), hueOf("person-1"));
  assert.deepEqual([...hues].sort((one, other) => one - other), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("days are the reader's own and have names while they are near", () => {
  const at = (...parts) => new Date(...parts).getTime();
  assert.equal(dayOf(at(2026, 0, 5, 23, 59)), "2026-01-05");
  const now = at(2026, 2, 1, 0, 30);
  assert.equal(dayLabelOf(at(2026, 2, 1, 0, 1), now), "Today");
  assert.equal(dayLabelOf(at(2026, 1, 28, 23, 59), now), "Yesterday");
  assert.doesNotMatch(dayLabelOf(at(2026, 1, 20), now), /2026/);
  assert.match(dayLabelOf(at(2025, 1, 20), now), /2025/);
});

test("length is counted as the server counts it", () => {
  assert.equal(lengthOf("😀é"), 2);
});

test("up to three emoji alone are emoji", () => {
  for (const text of ["👍", "👍🏽", "👩‍🚀 🚀", "❤️", "🇪🇺"]) assert.equal(isEmoji(text), true, text);
  for (const text of ["", "1", "ok 👍", "👍👍👍👍", "#"]) assert.equal(isEmoji(text), false, text);
});
