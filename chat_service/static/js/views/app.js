import { LastRoom } from "../last_room.js";
import { Members } from "../members.js";
import { pathOf, placeOf } from "../place.js";
import { failed } from "../requests.js";
import { browser } from "../surroundings.js";
import { completions } from "./completions.js";
import { Drawing } from "./drawing.js";
import { openEmojiPicker } from "./emoji_picker.js";
import { openSwitcher } from "./switcher_view.js";
import { toast } from "./toast_view.js";
import { WayBack } from "./way_back.js";

const LOBBY = "lobby";

/** @typedef {{pane: import("./room_pane.js").RoomPane, panel: import("./panel_view.js").PanelView, sidebar: import("./sidebar_view.js").SidebarView, attention: import("./attention.js").Attention}} Views */

/** What the views ask of the page. */
export class App {
  #page;
  #lastRoom;
  /** @type {Views | null} */
  #attached = null;
  /** @type {import("../room.js").Room | null} */
  room = null;
  toast = toast;
  /** @type {Map<string, Members>} */
  #members = new Map();
  #drawing = new Drawing(() => this.#render());
  /** @type {import("../place.js").Goal | null} */
  #goal = null;
  /** @type {import("../place.js").Goal | null} where one is, as long as the server has not told whether one may be */
  #untold = null;
  #way = new WayBack();

  /**
   * @param {object} parts
   * @param {import("../client.js").Client} parts.client
   * @param {import("../emoji.js").Emoji} parts.emoji
   * @param {Storage} parts.storage
   * @param {HTMLElement} parts.page
   */
  constructor({ client, emoji, storage, page }) {
    this.client = client;
    this.emoji = emoji;
    this.#lastRoom = new LastRoom(storage, client.me.id);
    this.#page = page;
  }

  /** The views ask the app and the app tells the views: they are made in this order. @param {Views} views */
  attach(views) {
    this.#attached = views;
  }

  /** Nothing asks for them before they are there. */
  get #views() {
    return /** @type {Views} */ (this.#attached);
  }

  /** @param {string} room @returns {Members} */
  members(room) {
    const members = this.#members.get(room) ?? new Members({ room, request: (frame) => this.client.request(frame), surroundings: browser, onChange: () => this.renderSoon() });
    this.#members.set(room, members);
    return members;
  }

  /** Asks the server for something; says so where it refuses. @param {import("../socket.js").Frame} frame @returns {Promise<any>} null if it did */
  act(frame) {
    return this.client.request(frame).catch((problem) => {
      toast(failed(problem).message);
      return null;
    });
  }

  /** @param {string} id @param {number | null} [seq] */
  go(id, seq = null) {
    this.#way.go(pathOf(id, seq));
    this.#arrive({ room: id, seq, isLink: true });
  }

  /** @param {string} path */
  goTo(path) {
    const place = placeOf(path);
    if (place) this.go(place.room, place.seq);
  }

  /** A room that one has just entered: the server tells of it in a moment. @param {string} id */
  goWhenThere(id) {
    if (this.client.rooms.get(id)) return this.go(id);
    this.#goal = { room: id, seq: null, isComing: true, isStep: true };
  }

  /** Where the address says, or where one was last. */
  begin() {
    this.#way.begin();
    this.#arriveByAddress();
  }

  /** The browser's way back, or forth. */
  stepped() {
    if (this.#way.isNarrow) this.#views.panel.close();
    if (this.#way.pane === "rooms") this.showPane("rooms");
    else this.#arriveByAddress();
  }

  #arriveByAddress() {
    const linked = placeOf(location.pathname);
    this.#arrive(linked ? { ...linked, isLink: true } : { room: this.#lastRoom.id ?? LOBBY, seq: null });
  }

  /** @param {string[]} people ids */
  async converse(people) {
    const answer = await this.act({ op: "open", people });
    if (answer) this.goWhenThere(answer.room);
  }

  /** @param {string} name */
  mention(name) {
    this.showPane("room");
    this.#views.pane.composer.insert(`@${name} `);
  }

  /** @param {import("../room.js").Room} room @param {number} seq */
  markUnread(room, seq) {
    this.client.marks.markUnread(room, seq);
    if (room === this.room) this.#views.pane.markedUnread(seq);
  }

  linkTo = (/** @type {string} */ room, /** @type {number} */ seq) => location.origin + pathOf(room, seq);
  complete = completions(this);
  pickEmoji = (/** @type {HTMLElement} */ anchor, /** @type {(emoji: string) => void} */ onPick) => openEmojiPicker(anchor, this.emoji, onPick);
  openSwitcher = () => openSwitcher(this);
  focusComposer = () => this.#views.pane.composer.focus();
  mayAskForNotifications = () => this.#views.attention.mayAsk;
  askForNotifications = () => this.#views.attention.ask();

  get panel() {
    return this.#views.panel.shown;
  }

  /** @param {import("./panel_view.js").Kind} kind @param {number} [about] seq of a thread's first message */
  openPanel = (kind, about) => {
    if (this.#way.isNarrow && this.#way.pane !== "panel") this.#way.step(location.pathname, "panel", { kind, about });
    this.#views.panel.open(kind, about);
  };
  closePanel = () => (this.#way.isNarrow && this.#way.pane === "panel" ? history.back() : this.#views.panel.close());
  /** @param {import("./panel_view.js").Kind} kind */
  togglePanel = (kind) => (this.panel?.kind === kind ? this.closePanel() : this.openPanel(kind));

  showRooms = () => this.#way.toRooms() || this.showPane("rooms");

  /** Narrow screens show one pane at a time: going to the list is leaving the room. @param {"rooms" | "room" | "panel"} name */
  showPane(name) {
    const before = this.#page.dataset.pane;
    this.#page.dataset.pane = name;
    if (!this.#way.isNarrow || !this.room || before === name) return;
    if (name === "rooms") this.client.marks.left(this.room.id);
    if (before === "rooms") this.#views.pane.beginReading();
  }

  /** @param {import("../room.js").Room} room @param {import("../timeline.js").RoomEvent[]} events */
  arrived(room, events) {
    this.#members.get(room.id)?.arrived(events);
    if (room === this.room) this.#views.panel.arrived(events);
    this.#views.attention.arrived(room, events);
  }

  /** Much happened that is not told. @param {import("../room.js").Room} room */
  skipped(room) {
    this.#members.get(room.id)?.load();
    if (room === this.room) this.#views.panel.connected(true);
  }

  /** Somebody deleted their account. @param {import("../folding.js").Gone} gone */
  gone(gone) {
    this.#views.panel.gone(gone);
    this.#views.attention.gone(gone);
  }

  renderSoon = () => this.#drawing.soon();

  #render() {
    if (this.#goal) this.#seek(this.#goal);
    if (this.room && this.client.rooms.get(this.room.id) !== this.room) this.#lost(this.room);
    if (this.client.rooms.known) this.#untold = null;
    if (this.room) {
      const direct = this.client.rooms.all.filter(({ state }) => state.kind === "direct").map(({ id }) => id);
      this.client.watch([...new Set([this.room.id, ...direct])]);
    }
    this.#views.sidebar.render();
    this.#views.pane.render();
    this.#views.panel.render();
    this.#views.attention.render();
  }

  /** @param {import("../place.js").Goal} place */
  #arrive(place) {
    const room = this.client.rooms.get(place.room);
    this.#goal = room ? null : place;
    this.#untold = room && !this.client.rooms.known ? place : null;
    if (!room) return this.renderSoon();
    if (room === this.room && place.seq !== null) this.#views.pane.goTo(place.seq);
    else if (room !== this.room) this.#enter(room, place.seq);
    this.showPane(this.#way.pane === "rooms" ? "rooms" : "room"); // a page loaded anew at the list shows the list
    const { panel } = this.#way; // and one loaded anew at a panel shows the panel
    if (panel) this.#views.panel.open(panel.kind, panel.about);
    this.renderSoon();
  }

  /** @param {import("../place.js").Goal} goal */
  #seek(goal) {
    if (this.client.rooms.get(goal.room)) goal.isStep ? this.go(goal.room) : this.#arrive(goal);
    else if (this.client.rooms.known && !goal.isComing) {
      goal.isComing = true;
      this.#lookInto(goal);
    }
  }

  /** @param {import("../room.js").Room} room @param {number | null} seq */
  #enter(room, seq) {
    this.room = room;
    this.#views.panel.close();
    this.#lastRoom.remember(room.id);
    if (placeOf(location.pathname)?.room !== room.id) this.#way.settle(pathOf(room.id, seq));
    this.#views.pane.show(room, seq);
    if (!matchMedia("(pointer: coarse)").matches) this.#views.pane.composer.focus(); // a phone's keyboard comes when it is asked for
    this.members(room.id).load();
  }

  /** Not one of one's rooms: a public one is joined by its link, anything else leads to where one may be. @param {import("../place.js").Goal} goal */
  async #lookInto({ room, seq, isLink }) {
    const fallback = this.client.rooms.get(LOBBY) ?? this.client.rooms.all[0];
    if (isLink && (await this.act({ op: "join", room }))) this.#goal = { room, seq, isComing: true };
    else if (fallback && !this.room) this.go(fallback.id);
    this.renderSoon();
  }

  /** @param {import("../room.js").Room} lost */
  #lost(lost) {
    const replaced = this.client.rooms.get(lost.id); // told anew under the same name
    this.room = null;
    if (replaced) return this.#enter(replaced, null);
    if (this.#untold?.isLink) return this.#seek(this.#untold); // it was shown by what was known when the page was last open
    toast(`You are not in ${lost.title} any more.`);
    const fallback = this.client.rooms.get(LOBBY) ?? this.client.rooms.all[0];
    if (!fallback) return;
    this.#way.settle(pathOf(fallback.id)); // the way back must not lead in again
    this.go(fallback.id);
  }
}
