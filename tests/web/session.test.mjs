import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestFailed } from "../../chat_service/static/js/requests.js";
import { Session, SignedOut } from "../../chat_service/static/js/session.js";
import { FakeSurroundings } from "./fakes.mjs";

function sessionWith({ status = 200, renew = async () => {} } = {}) {
  const surroundings = new FakeSurroundings();
  const seen = { posts: [], renewed: [], signedOut: 0, status };
  const session = new Session({
    surroundings,
    fetch: async (url, options) => {
      seen.posts.push({ url, ...options });
      return { status: seen.status, ok: seen.status === 200, json: async () => ({ access_token: "new", expires_in: 600 }) };
    },
    renew: (token) => {
      seen.renewed.push(token);
      return renew(token);
    },
    signedOut: () => (seen.signedOut += 1),
  });
  return { session, surroundings, seen };
}

test("the token is renewed before it ends, again and again", async () => {
  const { session, surroundings, seen } = sessionWith();
  session.watch(600);
  await surroundings.pass(450_000);
  assert.equal(seen.posts.length, 0);
  await surroundings.pass(30_000);
  assert.deepEqual(seen.renewed, ["new"]);
  await surroundings.pass(480_000);
  assert.equal(seen.renewed.length, 2);
});

test("the refresh is a same-origin JSON post that outlives the page", async () => {
  const { session, seen } = sessionWith();
  assert.deepEqual(await session.refresh(), { access_token: "new", expires_in: 600 });
  const [{ url, method, keepalive, credentials, headers, body }] = seen.posts;
  assert.deepEqual(
    { url, method, keepalive, credentials, headers, body },
    { url: "/api/auth/refresh", method: "POST", keepalive: true, credentials: "same-origin", headers: { "content-type": "application/json" }, body: "{}" },
  );
});

test("a refused refresh means that the session is over", async () => {
  const { session, surroundings, seen } = sessionWith({ status: 401 });
  await assert.rejects(session.refresh(), SignedOut);
  session.watch(10);
  await surroundings.pass(10_000);
  assert.equal(seen.signedOut, 1);
});

test("trouble on the way is tried again", async () => {
  const { session, surroundings, seen } = sessionWith({ status: 503 });
  session.watch(600);
  await surroundings.pass(480_000);
  seen.status = 200;
  await surroundings.pass(5_000);
  assert.deepEqual(seen.renewed, ["new"]);
  assert.equal(seen.signedOut, 0);
});

/** A network on which each answer takes so long, unless it is given up; `began` says when each request was sent. */
function slowNetwork(surroundings, ...takeMs) {
  const began = [];
  const fetch = (_url, { signal }) => {
    const takes = takeMs[began.length] ?? Infinity;
    began.push(surroundings.now());
    return new Promise((resolve, reject) => {
      if (takes < Infinity) surroundings.setTimeout(() => resolve({ status: 200, ok: true, json: async () => ({ access_token: "new" }) }), takes);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  };
  return { fetch, began };
}

test("whoever refreshes, an answer that does not come is asked for once more while the server still gives the same one", async () => {
  const surroundings = new FakeSurroundings();
  const { fetch, began } = slowNetwork(surroundings, Infinity, 9_000);
  const held = [];
  const locks = { request: (name, run) => (held.push(name), run()) };
  const refreshed = new Session({ surroundings, fetch, locks, renew: () => {}, signedOut: () => {} }).refresh();
  await surroundings.pass(20_000);
  assert.equal((await refreshed).access_token, "new");
  assert.equal(began.length, 2);
  assert.ok(began[1] - began[0] <= 5_000); // of the server's 10 s, enough is left for a slow way there
  assert.deepEqual(held, ["parley.refresh"]); // no other tab comes between
});

test("a network that fails at once is asked once more, a little later", async () => {
  const surroundings = new FakeSurroundings();
  const began = [];
  const fetch = async () => {
    began.push(surroundings.now());
    throw new TypeError("network");
  };
  const refreshed = new Session({ surroundings, fetch, renew: () => {}, signedOut: () => {} }).refresh();
  const failing = assert.rejects(refreshed, TypeError);
  await surroundings.pass(10_000);
  await failing;
  assert.deepEqual(began.map((at) => at - began[0]), [0, 4_000]);
});

test("a refresh that is never answered is given up, and tried again while its token is still good", async () => {
  const surroundings = new FakeSurroundings();
  const { fetch, began } = slowNetwork(surroundings);
  const session = new Session({ surroundings, fetch, renew: () => {}, signedOut: () => {} });
  session.watch(600);
  await surroundings.pass(599_000);
  assert.ok(began.length > 2);
});

test("without a connection nothing is renewed until the next welcome", async () => {
  const { session, surroundings, seen } = sessionWith({ renew: () => Promise.reject(new RequestFailed("disconnected")) });
  session.watch(600);
  await surroundings.pass(3_600_000);
  assert.equal(seen.posts.length, 1);
});

test("tabs take turns where the browser lets them", async () => {
  const asked = [];
  const surroundings = new FakeSurroundings();
  const locks = { request: (name, run) => (asked.push(name), run()) };
  const fetch = async () => ({ status: 200, ok: true, json: async () => ({}) });
  await new Session({ surroundings, fetch, locks, renew: () => {}, signedOut: () => {} }).refresh();
  assert.deepEqual(asked, ["parley.refresh"]);
});
