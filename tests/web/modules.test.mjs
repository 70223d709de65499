import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const scripts = "chat_service/static/js/";

/** Every module that a module reaches by its imports. */
function reachedFrom(module, reached = new Set()) {
  for (const [, name] of read(`${scripts}${module}.js`).matchAll(/from "\.\/(\w+)\.js"/g)) {
    if (!reached.has(name)) reachedFrom(name, reached.add(name));
  }
  return reached;
}

test("the page preloads exactly the modules it uses", () => {
  const list = read("chat_service/templates/chat.html").match(/for module in \[([^\]]+)\]/)[1];
  const preloaded = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(preloaded, [...reachedFrom("main"), "surroundings"].filter(unique).sort());
});

test("every module is used by a page", () => {
  const modules = readdirSync(new URL(scripts, root)).filter((name) => name.endsWith(".js")).map((name) => name.slice(0, -3));
  const reached = reachedFrom("main").add("main").add("forms");
  assert.deepEqual(modules.filter((name) => !reached.has(name)), []);
});

test("text from people never enters the page as markup", () => {
  for (const name of readdirSync(new URL(scripts, root))) {
    assert.doesNotMatch(read(scripts + name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/, name);
  }
});

test("no module outgrows what one reads at a sitting", () => {
  for (const name of readdirSync(new URL(scripts, root))) assert.ok(read(scripts + name).split("\n").length <= 250, name);
});

const unique = (name, index, names) => names.indexOf(name) === index;
