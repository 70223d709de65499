import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { settled } from "./fakes.mjs";

const source = readFileSync(new URL("../../chat_service/static/js/service_worker.js", import.meta.url), "utf8");
const SHELL = { version: "two", prefix: "/static/v-two", files: ["js/main.js", "css/chat.css"] };
const HERE = "https://parley.example";

/** The worker in a browser of its own; `network` answers by path, and `caches` may hold what an older version left. */
function worker({ network = {}, caches: kept = {} } = {}) {
  const listeners = {};
  const told = [];
  const stores = new Map(Object.entries(kept).map(([name, entries]) => [name, new Map(Object.entries(entries))]));
  const pathOf = (asked) => new URL(asked.url ?? asked, HERE).pathname;
  const cacheOf = (store) => ({
    put: async (asked, answer) => void store.set(pathOf(asked), answer),
    match: async (asked) => store.get(pathOf(asked)),
    delete: async (asked) => store.delete(pathOf(asked)),
  });
  const caches = {
    open: async (name) => cacheOf(stores.get(name) ?? stores.set(name, new Map()).get(name)),
    keys: async () => [...stores.keys()],
    delete: async (name) => stores.delete(name),
  };
  const fetch = async (asked) => {
    const answer = network[pathOf(asked)];
    if (!answer) throw new TypeError("no network");
    return answer;
  };
  const self = {
    addEventListener: (name, listener) => (listeners[name] = listener),
    skipWaiting: () => told.push("skipped waiting"),
    clients: { claim: async () => told.push("claimed"), matchAll: async () => [{ postMessage: (message) => told.push(message.version) }] },
  };
  const timers = { setTimeout: (then, _milliseconds, value) => void (network.isSlow && then(value)) };
  runInNewContext(source, { SHELL, self, caches, fetch, location: new URL(HERE), URL, Response, Set, Promise, ...timers });

  /** Lets an event happen; what it answers, if it does. */
  async function happen(name, more = {}) {
    let answer;
    const waited = [];
    listeners[name]({ ...more, waitUntil: (promise) => waited.push(promise), respondWith: (promise) => (answer = promise) });
    const result = await answer;
    await Promise.all(waited);
    await settled();
    return result;
  }
  const ask = (path, mode = "cors", method = "GET") => happen("fetch", { request: { url: HERE + path, mode, method } });
  return { happen, ask, told, stores, kept: (name, path) => stores.get(name)?.get(path) };
}

const answer = (body, more = {}) => ({ ok: true, status: 200, type: "basic", headers: new Headers(), body, clone: () => ({ copyOf: body }), ...more });
const page = (version, body = "page") => answer(body, { headers: new Headers({ "Parley-Version": version }) });
const files = { "/static/v-two/js/main.js": answer("code"), "/static/v-two/css/chat.css": answer("style") };

test("an update fetches all its files, takes over at once, throws the old ones away and tells the open pages", async () => {
  const { happen, told, stores } = worker({ network: files, caches: { "parley-one": { "/": page("one") }, others: {} } });
  await happen("install");
  await happen("activate");
  assert.deepEqual([...stores.keys()], ["others", "parley-two"]);
  assert.deepEqual([...stores.get("parley-two").keys()], Object.keys(files));
  assert.deepEqual(told, ["skipped waiting", "claimed", "two"]);
});

test("an update keeps the page too, if it is of its version, and be it by way of a page that lends a token", async () => {
  const keep = async (answered) => {
    const { happen, kept } = worker({ network: { ...files, "/": answered } });
    await happen("install");
    return kept("parley-two", "/");
  };
  assert.equal((await keep(page("two"))).body, "page");
  const lent = await keep({ ...page("two"), redirected: true, blob: async () => new Blob(["page"]) });
  assert.deepEqual([lent.redirected, await lent.text()], [false, "page"]);
  for (const none of [page("one"), answer("sign in"), { ...page("two"), ok: false, status: 503 }, undefined]) assert.equal(await keep(none), undefined);
});

test("an update of which a file is another version's, or is not there, is none", async () => {
  for (const wrong of [answer("old code", { redirected: true }), answer("", { ok: false, status: 404 }), undefined]) {
    const { happen } = worker({ network: { ...files, "/static/v-two/js/main.js": wrong } });
    await assert.rejects(happen("install"));
  }
});

test("a file that is lost on the way is fetched again", async () => {
  let times = 0;
  const network = { ...files };
  Object.defineProperty(network, "/static/v-two/js/main.js", { get: () => ((times += 1) < 3 ? undefined : answer("code")) });
  const { happen, stores } = worker({ network });
  await happen("install");
  assert.equal(stores.get("parley-two").size, 2);
});

test("a file of this version comes from what is kept, one of another version from the network alone", async () => {
  const { ask } = worker({ network: { ...files, "/static/v-two/js/main.js": answer("network") }, caches: { "parley-two": { "/static/v-two/js/main.js": answer("kept") } } });
  assert.equal((await ask("/static/v-two/js/main.js")).body, "kept");
  assert.equal((await ask("/static/v-two/css/chat.css")).body, "style");
});

test("the page comes from the network, and is kept where it is of this version", async () => {
  const { ask, kept } = worker({ network: { "/rooms/lobby": page("two", "fresh") }, caches: { "parley-two": { "/": page("two", "kept") } } });
  assert.equal((await ask("/rooms/lobby", "navigate")).body, "fresh");
  assert.equal(kept("parley-two", "/").copyOf, "fresh");
  const newer = worker({ network: { "/": page("three", "newer") }, caches: { "parley-two": { "/": page("two", "kept") } } });
  assert.equal((await newer.ask("/", "navigate")).body, "newer");
  assert.equal(newer.kept("parley-two", "/").body, "kept");
});

test("without a network, with a dead server behind it, or with one that does not answer, the page is the one that was kept", async () => {
  const caches = { "parley-two": { "/": page("two", "kept") } };
  for (const network of [{}, { "/": answer("", { ok: false, status: 502 }) }, { "/": new Promise(() => {}), isSlow: true }]) {
    assert.equal((await worker({ network, caches }).ask("/", "navigate")).body, "kept");
  }
});

test("who is not signed in any more finds no page that names them", async () => {
  const caches = { "parley-two": { "/": page("two", "ada's") } };
  const ended = worker({ network: { "/": answer("", { type: "opaqueredirect", ok: false, status: 0 }) }, caches });
  assert.equal((await ended.ask("/", "navigate")).type, "opaqueredirect");
  assert.equal(ended.kept("parley-two", "/"), undefined);
  const leaving = worker({ caches });
  await leaving.ask("/login", "navigate");
  assert.equal(leaving.kept("parley-two", "/"), undefined);
});

test("it keeps its hands off everything else", async () => {
  const { ask } = worker();
  for (const [path, ...more] of [["/api/rooms"], ["/login", "navigate"], ["/", "navigate", "POST"], ["/account", "navigate"]]) {
    assert.equal(await ask(path, ...more), undefined, path);
  }
});
