import assert from "node:assert/strict";
import { test } from "node:test";
import { completed, tokenAt } from "../../chat_service/static/js/completion.js";
import { Emoji } from "../../chat_service/static/js/emoji.js";
import { ranked } from "../../chat_service/static/js/ranking.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";

const token = (text, caret = text.length) => {
  const found = tokenAt(text, caret);
  return found && `${found.kind}${found.query}`;
};

test("a name, a room or an emoji is on its way where its sign begins a word", () => {
  assert.equal(token("hello @ad"), "@ad");
  assert.equal(token("@"), "@");
  assert.equal(token("(see #gen"), "#gen");
  assert.equal(token("well :sm"), ":sm");
  assert.equal(token("@ad and more", 3), "@ad");
  assert.equal(token("line\n@ä.b-c"), "@ä.b-c");
});

test("an address, a time, a smile and a finished word are none", () => {
  for (const text of ["ada@ex", "at 10:30", ":)", ":s", "@ada ", "a:b", "https://a"]) assert.equal(token(text), null, text);
});

test("what is chosen takes the token's place, with one space after it", () => {
  assert.deepEqual(completed("hi @ad, all", tokenAt("hi @ad, all", 6), "@ada"), { text: "hi @ada , all", caret: 8 });
  assert.deepEqual(completed("hi @ad all", tokenAt("hi @ad all", 6), "@ada"), { text: "hi @ada all", caret: 8 });
});

test("what begins with the query comes before what has a word that does, then what has it in order", () => {
  const names = ["old-design", "redesign", "design", "design-review", "deutsches sign"];
  assert.deepEqual(ranked("design", names, String), ["design", "design-review", "old-design", "redesign", "deutsches sign"]);
});

test("accents and case do not matter, nonsense fits nothing, and of equals the heavier comes first", () => {
  assert.deepEqual(ranked("zoe", ["Zoë", "bob"], String), ["Zoë"]);
  assert.deepEqual(ranked("xyz", ["ada"], String), []);
  assert.deepEqual(ranked("", ["aa", "bb"], String, (name) => (name === "bb" ? 1 : 0)), ["bb", "aa"]);
});

function emojiOf(answer = [["😄", "smile"], ["🚀", "rocket", "launch"], ["🤘", "metal", "rock_on"]]) {
  const asked = [];
  const storage = new MemoryStorage();
  return { asked, storage, emoji: new Emoji(async (url) => (asked.push(url), { ok: answer !== null, status: 503, json: async () => answer }), storage) };
}

test("emoji are found by any of their names, best first, and asked for once", async () => {
  const { emoji, asked } = emojiOf();
  assert.deepEqual(emoji.find("rock"), []);
  await Promise.all([emoji.load(), emoji.load()]);
  assert.deepEqual(emoji.find("rock").map((found) => found.emoji), ["🚀", "🤘"]);
  assert.deepEqual(emoji.find(":launch:").map((found) => found.emoji), ["🚀"]);
  assert.deepEqual(emoji.find("").map((found) => found.emoji), ["😄", "🚀", "🤘"]);
  assert.equal(emoji.nameOf("🚀"), "rocket");
  assert.equal(asked.length, 1);
});

test("without an answer there are no emoji for now, and they are asked for again", async () => {
  const { emoji, asked } = emojiOf(null);
  assert.deepEqual(await emoji.load(), []);
  await emoji.load();
  assert.equal(asked.length, 2);
});

test("what one took last comes first, after a reload too", () => {
  const { emoji, storage } = emojiOf();
  emoji.used("🚀");
  emoji.used("😄");
  emoji.used("🚀");
  const again = new Emoji(async () => ({ ok: false, status: 0 }), storage);
  assert.deepEqual(again.recent.slice(0, 2), ["🚀", "😄"]);
  storage.setItem("parley.emoji", "{nonsense");
  assert.ok(again.recent.length > 0);
});
