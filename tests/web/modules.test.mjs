import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const scripts = new URL("../../chat_service/static/js/", import.meta.url);
const read = (path) => readFileSync(new URL(path, scripts), "utf8");
const all = readdirSync(scripts, { recursive: true }).map(String).filter((name) => name.endsWith(".js"));

/** Every module that a module reaches by its imports. */
function reachedFrom(module, reached = new Set([module])) {
  for (const [, path] of read(module).matchAll(/from "(\.[^"]+)"/g)) {
    const name = new URL(path, new URL(module, scripts)).href.slice(scripts.href.length);
    if (!reached.has(name)) reachedFrom(name, reached.add(name));
  }
  return reached;
}

test("the page uses every module, so that to preload all is right", () => {
  const reached = reachedFrom("main.js");
  const outside = ["forms.js", "recovery.js", "service_worker.js"]; // scripts of their own
  assert.deepEqual(all.filter((name) => !reached.has(name) && !outside.includes(name)), []);
});

test("models know no page", () => {
  const browsers = new Set(["forms.js", "main.js", "recovery.js", "service_worker.js", "storage.js"]);
  for (const name of all.filter((path) => !path.startsWith("views/") && !browsers.has(path))) {
    assert.doesNotMatch(read(name), /\b(?:document|window|location|navigator|localStorage)\b\./, name);
    assert.doesNotMatch(read(name), /from "\.\/views\//, name);
  }
});

test("text from people never enters the page as markup", () => {
  for (const name of all) assert.doesNotMatch(read(name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|\beval\(|new Function/, name);
});

test("markup is parsed in one place", () => {
  assert.deepEqual(all.filter((name) => read(name).includes("DOMParser")), ["views/markup.js"]);
});

test("no module outgrows what one reads at a sitting", () => {
  for (const name of all) assert.ok(read(name).split("\n").length <= 251, name);
});
