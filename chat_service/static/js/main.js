import { Client } from "./client.js";
import { Emoji } from "./emoji.js";
import { eachMidnight } from "./midnight.js";
import { openOutboxStore } from "./outbox_store.js";
import { placeOf } from "./place.js";
import { openStorage } from "./storage.js";
import { browser } from "./surroundings.js";
import { App } from "./views/app.js";
import { Attention } from "./views/attention.js";
import { BannerView } from "./views/banner_view.js";
import { part } from "./views/dom.js";
import { openHelp } from "./views/help_dialog.js";
import { install } from "./views/installing.js";
import { followKeyboard } from "./views/keyboard.js";
import { PanelView } from "./views/panel_view.js";
import { openConverse, openCreate, openFind } from "./views/room_dialogs.js";
import { RoomPane } from "./views/room_pane.js";
import { addShortcuts } from "./views/shortcuts.js";
import { SidebarView } from "./views/sidebar_view.js";
import { toast } from "./views/toast_view.js";

// The composition root: the only module that knows every other, and the page.

const page = part("chat");
const me = { id: page.dataset.personId, name: page.dataset.personName };
const storage = openStorage();
const ourFetch = /** @type {typeof fetch} */ ((...request) => fetch(...request));

const client = new Client({
  me,
  url: `${location.origin.replace(/^http/, "ws")}/ws`,
  WebSocket,
  fetch: ourFetch,
  locks: navigator.locks,
  channel: "BroadcastChannel" in window ? new BroadcastChannel("parley") : null,
  storage,
  outboxStore: openOutboxStore(window.indexedDB),
  surroundings: browser,
  onChange: () => app.renderSoon(),
  onNews: (room, events) => app.arrived(room, events),
  onSkip: (room) => app.skipped(room),
  onRead: (room, person, seq) => app.members(room).read(person, seq),
  onGone: (gone) => app.gone(gone),
  onStatus: (status) => {
    banner.show(status);
    if (status.phase === "open") {
      if (app.room) app.members(app.room.id).connected();
      panel.connected();
    }
    app.renderSoon();
  },
  onSignedOut: () => location.assign(`/login?next=${encodeURIComponent(location.pathname)}`),
});

const app = new App({ client, emoji: new Emoji(ourFetch, storage), storage, page });
const banner = new BannerView({
  elements: { banner: part("banner"), text: part("banner-text"), countdown: part("banner-countdown"), action: part("banner-action") },
  surroundings: browser,
  onRetry: () => client.socket.retryNow(),
});
const attention = new Attention(app);
const panel = new PanelView(app);
const pane = new RoomPane(app, app.complete);
const sidebar = new SidebarView(app, { create: () => openCreate(app), find: () => openFind(app), converse: () => openConverse(app), help: openHelp });
app.attach({ pane, panel, sidebar, attention });
addShortcuts(app, { order: () => sidebar.order, help: openHelp });

document.addEventListener("click", (event) => {
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[href]"));
  const place = link && link.origin === location.origin && placeOf(new URL(link.href).pathname);
  if (!place || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  app.go(place.room, place.seq);
});
window.addEventListener("popstate", () => app.stepped());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return client.remember(); // a phone ends a hidden page without a word
  client.socket.retryNow();
  app.renderSoon();
});
window.addEventListener("pagehide", () => client.leave());
window.addEventListener("pageshow", (event) => event.persisted && client.socket.retryNow()); // back from the back button's memory
window.addEventListener("online", () => client.socket.retryNow());
window.addEventListener("offline", () => client.socket.retryNow()); // asks whether it is true: the server may well be on this machine
window.addEventListener("storage", ({ key }) => {
  if (client.drafts.roomOf(key) === app.room?.id) pane.composer.draftChanged();
  app.renderSoon();
});

eachMidnight(browser, () => app.renderSoon());
followKeyboard(page);
app.begin();
part("not-started").remove();
window.dispatchEvent(new Event("parley-started")); // for recovery.js
client.socket.start();
install(page.dataset.version, (reload) => toast("There is a new version of Parley.", { action: "Reload", run: reload, lasts: true }));
