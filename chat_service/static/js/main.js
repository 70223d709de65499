import { BannerView } from "./banner_view.js";
import { ComposerView } from "./composer_view.js";
import { Conversation } from "./conversation.js";
import { Draft } from "./draft.js";
import { followKeyboard } from "./keyboard.js";
import { PeopleView } from "./people_view.js";
import { layOut } from "./rows.js";
import { openStorage } from "./storage.js";
import { browser } from "./surroundings.js";
import { TimelineView } from "./timeline_view.js";
import { Unread } from "./unread.js";

// The composition root: the only module that knows every other, and the page.

const part = (id) => document.getElementById(id);
const page = part("chat");
const me = { id: page.dataset.personId, name: page.dataset.personName };
const roomId = page.dataset.room;
const storage = openStorage();
const title = document.title;

const conversation = new Conversation({
  me,
  roomId,
  url: `${location.origin.replace(/^http/, "ws")}/ws`,
  WebSocket,
  fetch: (...request) => fetch(...request),
  locks: navigator.locks,
  storage,
  surroundings: browser,
  onChange: () => renderSoon(),
  onStatus: (status) => {
    banner.show(status);
    renderSoon();
  },
  onSignedOut: () => location.assign("/login?next=/"),
});
const { timeline, outbox, socket } = conversation;

const below = new Unread(me.id); // since the reader left the end of the list
const away = new Unread(me.id); // since the reader left the page
let newAfter = null;

const timelineView = new TimelineView({
  timeline,
  elements: {
    scroller: part("timeline"),
    rows: part("rows"),
    top: part("timeline-top"),
    intro: part("intro"),
    introFirst: part("intro-first"),
    skeleton: part("skeleton"),
  },
  layOut: (window) =>
    layOut({
      events: timeline.between(window.from, window.to),
      // What belongs after the newest message shows only where the newest message does.
      pending: window.following ? conversation.pending : [],
      notices: window.following ? conversation.notices.list : [],
      me,
      online: socket.status.phase === "open",
      newAfter,
    }),
  loadOlder: () => conversation.room.loadOlder(),
  onMove: () => renderSignals(),
});
const peopleView = new PeopleView(
  {
    page,
    panel: part("people"),
    list: part("people-list"),
    toggle: part("people-toggle"),
    count: part("people-count"),
    close: part("people-close"),
    scrim: part("scrim"),
    behind: [...page.children].filter((child) => child.id !== "people" && child.id !== "scrim"),
  },
  me.id,
);
const composer = new ComposerView({
  elements: { form: part("composer"), field: part("text"), note: part("composer-note") },
  draft: new Draft(storage, me.id, roomId),
  limit: () => conversation.textChars,
  onSend: (text) => {
    conversation.say(crypto.randomUUID(), text);
    timelineView.jumpToEnd();
  },
});
const banner = new BannerView({
  elements: { banner: part("banner"), text: part("banner-text"), countdown: part("banner-countdown"), action: part("banner-action") },
  surroundings: browser,
  onRetry: () => socket.retryNow(),
});

let rendering = false;

/** Many changes make one drawing. A hidden page gets no animation frames, but its title still counts. */
function renderSoon() {
  if (rendering) return;
  rendering = true;
  if (document.hidden) setTimeout(render, 100);
  else requestAnimationFrame(render);
}

function render() {
  rendering = false;
  timelineView.render();
  peopleView.render(conversation.presence);
  renderSignals();
}

function renderSignals() {
  if (timelineView.following) below.look(timeline);
  if (!document.hidden) away.look(timeline);
  const news = below.count(timeline);
  part("jump").hidden = timelineView.following;
  part("jump").classList.toggle("jump-news", news > 0);
  part("jump-label").textContent = news ? `${news} new` : "Jump to latest";
  const unread = away.count(timeline);
  document.title = unread ? `(${unread}) ${title}` : title;
}

part("jump").addEventListener("click", () => {
  timelineView.jumpToEnd();
  renderSignals();
  composer.focus();
});

part("rows").addEventListener("click", (event) => {
  const action = event.target.closest("[data-action]")?.dataset.action;
  if (!action) return;
  const { id } = event.target.closest(".message").dataset;
  const text = conversation.pending.find((item) => item.id === id)?.text ?? "";
  if (action === "retry") outbox.retry(id);
  if (action === "delete") outbox.remove(id);
  // Without the right to the clipboard, the composer is a place from which one can copy.
  if (action === "copy") navigator.clipboard.writeText(text).catch(() => composer.insert(text));
  else composer.focus();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    newAfter = away.seen;
  } else {
    socket.retryNow();
    renderSoon();
  }
});
window.addEventListener("pagehide", () => socket.leave());
window.addEventListener("pageshow", (event) => event.persisted && socket.retryNow()); // back from the back button's memory
window.addEventListener("online", () => socket.retryNow());
window.addEventListener("offline", () => socket.retryNow()); // asks whether it is true: the server may well be on this machine
window.addEventListener("storage", (event) => outbox.storageChanged(event.key, event.newValue));

followKeyboard(page);
renderSoon();
socket.start();
