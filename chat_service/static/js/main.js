import { Client } from "./client.js";
import { Emoji } from "./emoji.js";
import { Members } from "./members.js";
import { openOutboxStore } from "./outbox_store.js";
import { pathOf, placeOf } from "./place.js";
import { openStorage } from "./storage.js";
import { browser } from "./surroundings.js";
import { Attention } from "./views/attention.js";
import { BannerView } from "./views/banner_view.js";
import { completions } from "./views/completions.js";
import { part } from "./views/dom.js";
import { openEmojiPicker } from "./views/emoji_picker.js";
import { openHelp } from "./views/help_dialog.js";
import { install } from "./views/installing.js";
import { followKeyboard } from "./views/keyboard.js";
import { PanelView } from "./views/panel_view.js";
import { openConverse, openCreate, openFind } from "./views/room_dialogs.js";
import { RoomPane } from "./views/room_pane.js";
import { addShortcuts } from "./views/shortcuts.js";
import { SidebarView } from "./views/sidebar_view.js";
import { openSwitcher } from "./views/switcher_view.js";
import { toast } from "./views/toast_view.js";

// The composition root: the only module that knows every other, and the page.

const LAST_ROOM_KEY = "parley.room";
const LOBBY = "lobby";

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
  onRead: (room, person, seq) => app.members(room).read(person, seq),
  onStatus: (status) => {
    banner.show(status);
    app.renderSoon();
  },
  onSignedOut: () => location.assign(`/login?next=${encodeURIComponent(location.pathname)}`),
});

/** What the views ask of the page. */
class App {
  client = client;
  emoji = new Emoji(ourFetch, storage);
  /** @type {import("./room.js").Room | null} */
  room = null;
  toast = toast;
  #members = new Map();
  #rendering = false;
  #goal = null;

  /** @param {string} room */
  members(room) {
    if (!this.#members.has(room)) {
      this.#members.set(room, new Members({ room, request: (frame) => client.request(frame), surroundings: browser, onChange: () => this.renderSoon() }));
    }
    return this.#members.get(room);
  }

  /** Asks the server for something; says so where it refuses. @param {object} frame @returns {Promise<any>} null if it did */
  async act(frame) {
    try {
      return await client.request(frame);
    } catch (problem) {
      toast(problem.code === "disconnected" || problem.code === "timeout" ? "No connection. Try again when it is back." : problem.message);
      return null;
    }
  }

  /** @param {string} id @param {number | null} [seq] */
  go(id, seq = null) {
    const path = pathOf(id, seq);
    if (path !== location.pathname) history.pushState(null, "", path);
    this.#arrive({ room: id, seq });
  }

  /** @param {string} path */
  goTo(path) {
    const place = placeOf(path);
    if (place) this.go(place.room, place.seq);
  }

  /** A room that one has just entered: the server tells of it in a moment. @param {string} id */
  goWhenThere(id) {
    if (client.rooms.get(id)) return this.go(id);
    this.#goal = { room: id, seq: null, isComing: true };
  }

  /** Where the address says, or where one was last. */
  begin() {
    const last = storage.getItem(`${LAST_ROOM_KEY}.${me.id}`) ?? LOBBY;
    this.#arrive(placeOf(location.pathname) ?? { room: last, seq: null });
  }

  async converse(people) {
    const answer = await this.act({ op: "open", people });
    if (answer) this.goWhenThere(answer.room);
  }

  mention(name) {
    this.showPane("room");
    pane.composer.insert(`@${name} `);
  }

  markUnread(room, seq) {
    client.marks.markUnread(room, seq);
    if (room === this.room) pane.markedUnread(seq);
  }

  linkTo = (room, seq) => location.origin + pathOf(room, seq);
  complete = completions(this);
  pickEmoji = (anchor, onPick) => openEmojiPicker(anchor, this.emoji, onPick);
  openSwitcher = () => openSwitcher(this);
  focusComposer = () => pane.composer.focus();
  mayAskForNotifications = () => attention.mayAsk;
  askForNotifications = () => attention.ask();

  get panel() {
    return panel.shown;
  }

  openPanel = (kind, about) => panel.open(kind, about);
  closePanel = () => panel.close();
  togglePanel = (kind) => (panel.shown?.kind === kind ? panel.close() : panel.open(kind));

  /** Narrow screens show one pane at a time. @param {"rooms" | "room" | "panel"} name */
  showPane(name) {
    page.dataset.pane = name;
  }

  arrived(room, events) {
    this.#members.get(room.id)?.arrived(events);
    if (room === this.room) panel.arrived(events);
    attention.arrived(room, events);
  }

  /** Many changes make one drawing. A hidden page gets no animation frames, but its title still counts. */
  renderSoon() {
    if (this.#rendering) return;
    this.#rendering = true;
    const render = () => this.#render();
    if (document.hidden) setTimeout(render, 100);
    else requestAnimationFrame(render);
  }

  #render() {
    this.#rendering = false;
    if (this.#goal) this.#seek(this.#goal);
    if (this.room && client.rooms.get(this.room.id) !== this.room) this.#lost();
    if (this.room) {
      const direct = client.rooms.all.filter(({ state }) => state.kind === "direct").map(({ id }) => id);
      client.watch([...new Set([this.room.id, ...direct])]);
    }
    sidebar.render();
    pane.render();
    panel.render();
    attention.render();
  }

  #arrive(place) {
    const room = client.rooms.get(place.room);
    this.#goal = room ? null : place;
    if (!room) return this.renderSoon();
    if (room === this.room && place.seq !== null) pane.goTo(place.seq);
    else if (room !== this.room) this.#enter(room, place.seq);
    this.showPane("room");
    this.renderSoon();
  }

  #seek(goal) {
    if (client.rooms.get(goal.room)) this.#arrive(goal);
    else if (client.rooms.known && !goal.isComing) {
      goal.isComing = true;
      this.#lookInto(goal);
    }
  }

  #enter(room, seq) {
    this.room = room;
    panel.close();
    storage.setItem(`${LAST_ROOM_KEY}.${me.id}`, room.id);
    if (!placeOf(location.pathname) || placeOf(location.pathname).room !== room.id) history.replaceState(null, "", pathOf(room.id, seq));
    pane.show(room, seq);
    if (!matchMedia("(pointer: coarse)").matches) pane.composer.focus(); // a phone's keyboard comes when it is asked for
    this.members(room.id).load();
  }

  /** Not one of one's rooms: a public one is joined by its link, anything else leads to where one may be. */
  async #lookInto({ room, seq }) {
    const fallback = client.rooms.get(LOBBY) ?? client.rooms.all[0];
    if (room !== LOBBY && (await this.act({ op: "join", room }))) this.#goal = { room, seq, isComing: true };
    else if (fallback && !this.room) this.go(fallback.id);
    this.renderSoon();
  }

  #lost() {
    const replaced = client.rooms.get(this.room.id); // told anew under the same name
    const { title } = this.room;
    this.room = null;
    if (replaced) return this.#enter(replaced, null);
    toast(`You are not in ${title} any more.`);
    const fallback = client.rooms.get(LOBBY) ?? client.rooms.all[0];
    if (fallback) this.go(fallback.id);
  }
}

const app = new App();
const banner = new BannerView({
  elements: { banner: part("banner"), text: part("banner-text"), countdown: part("banner-countdown"), action: part("banner-action") },
  surroundings: browser,
  onRetry: () => client.socket.retryNow(),
});
const attention = new Attention(app);
const panel = new PanelView(app);
const pane = new RoomPane(app, app.complete);
const sidebar = new SidebarView(app, { create: () => openCreate(app), find: () => openFind(app), converse: () => openConverse(app), help: openHelp });
addShortcuts(app, { order: () => sidebar.order, help: openHelp });

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[href]");
  const place = link && link.origin === location.origin && placeOf(new URL(link.href).pathname);
  if (!place || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  app.go(place.room, place.seq);
});
window.addEventListener("popstate", () => app.begin());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  client.socket.retryNow();
  app.renderSoon();
});
window.addEventListener("pagehide", () => client.socket.leave());
window.addEventListener("pageshow", (event) => event.persisted && client.socket.retryNow()); // back from the back button's memory
window.addEventListener("online", () => client.socket.retryNow());
window.addEventListener("offline", () => client.socket.retryNow()); // asks whether it is true: the server may well be on this machine
window.addEventListener("storage", ({ key }) => {
  if (client.drafts.roomOf(key) === app.room?.id) pane.composer.draftChanged();
  app.renderSoon();
});

followKeyboard(page);
app.begin();
client.socket.start();
install(page.dataset.version, (reload) => toast("There is a new version of Parley.", { action: "Reload", run: reload, forMs: 60_000 }));
