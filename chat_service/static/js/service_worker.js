/* global SHELL -- put in front by the server: {version, prefix, files} */

// Keeps the page and its files, so that Parley opens without a network. Each file's address names the version it belongs to,
// so what is kept is never older than the page that asks for it; the page itself always comes from the network if it can.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `parley-${SHELL.version}`;
const PAGE = "/";
const NETWORK_WITHIN_MS = 4_000; // a network that is up but leads nowhere counts as none
const TRIES = 3;
const AWAY = new Set([502, 503, 504]);

worker.addEventListener("install", (event) => {
  worker.skipWaiting();
  event.waitUntil(keepFiles());
});

worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith(`${SHELL.prefix}/`)) event.respondWith(kept(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(() => keptByName(url.pathname)));
  else if (request.mode === "navigate" && (url.pathname === PAGE || url.pathname.startsWith("/rooms/"))) event.respondWith(page(event));
  else if (request.mode === "navigate" && url.pathname === "/login") event.waitUntil(forgetPage()); // it names who was signed in
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.path ?? PAGE));
});

/** All or nothing: during an update, a replica of another version sends the asker elsewhere. */
async function keepFiles() {
  const cache = await caches.open(CACHE);
  const keep = async (/** @type {string} */ name) => {
    const address = `${SHELL.prefix}/${name}`;
    const answer = await fetchAgain(address);
    if (!answer.ok || answer.redirected) throw new Error(`${address} was answered ${answer.status}`);
    await cache.put(address, answer);
  };
  await Promise.all(SHELL.files.map(keep));
  await keepPage(cache).catch(() => {}); // the next navigation brings it as well
}

/** Who loses the network right after an update still has a page, if a replica of this version answers, and to somebody signed in. @param {Cache} cache */
async function keepPage(cache) {
  const answer = await fetch(PAGE, { credentials: "same-origin" });
  if (!answer.ok || answer.headers.get("Parley-Version") !== SHELL.version) return;
  const { redirected, headers } = answer; // by the sign-in page, which lends a token; a navigation takes nothing that was
  await cache.put(PAGE, redirected ? new Response(await answer.blob(), { headers }) : answer);
}

/** Of a hundred files one may well be lost, and all would be for nothing. @param {string} address @returns {Promise<Response>} */
async function fetchAgain(address, tries = TRIES) {
  try {
    return await fetch(address);
  } catch (lost) {
    if (tries === 1) throw lost;
    return fetchAgain(address, tries - 1);
  }
}

async function takeOver() {
  for (const name of await caches.keys()) if (name.startsWith("parley-") && name !== CACHE) await caches.delete(name);
  await worker.clients.claim();
  for (const client of await worker.clients.matchAll({ type: "window" })) client.postMessage({ version: SHELL.version });
}

/** @param {Request} request */
async function kept(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

/** @param {string} path */
async function keptByName(path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path.replace("/static", SHELL.prefix))) ?? Response.error();
}

/** From the network; what is kept only where that does not answer. @param {FetchEvent} event */
async function page(event) {
  const cache = await caches.open(CACHE);
  const answer = fetch(event.request).then((fresh) => {
    if (fresh.type === "opaqueredirect") event.waitUntil(cache.delete(PAGE)); // signed out
    else if (fresh.ok && fresh.headers.get("Parley-Version") === SHELL.version) event.waitUntil(cache.put(PAGE, fresh.clone()));
    return fresh;
  });
  answer.catch(() => {}); // it may fail when it has already been given up
  const inTime = await Promise.race([answer.catch(() => null), new Promise((resolve) => setTimeout(resolve, NETWORK_WITHIN_MS, null))]);
  if (inTime && !AWAY.has(inTime.status)) return inTime;
  return (await cache.match(PAGE)) ?? answer;
}

async function forgetPage() {
  const cache = await caches.open(CACHE);
  await cache.delete(PAGE);
}

/** @param {string} path */
async function show(path) {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const ours = windows.find((client) => client.visibilityState === "visible") ?? windows[0];
  if (!ours) return worker.clients.openWindow(path);
  await ours.focus();
  ours.postMessage({ go: path });
}
