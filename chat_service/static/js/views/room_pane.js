import { dayOf, exactTimeOf, timeOf } from "../format.js";
import { listed } from "../notices.js";
import { failed } from "../requests.js";
import { layOut } from "../rows.js";
import { ComposerView } from "./composer_view.js";
import { part } from "./dom.js";
import { drawIntro } from "./intro_view.js";
import { MessageActions } from "./message_actions.js";
import { RoomHeader } from "./room_header.js";
import { drawRow } from "./row_view.js";
import { Signposts } from "./signposts.js";
import { addTimelineKeys } from "./timeline_keys.js";
import { TimelineView } from "./timeline_view.js";

/** @typedef {{seq: number, flash: boolean, isAwaited: boolean}} Goal a message to go to; awaited, once the page around it can come */

/** The room in the middle: its header, what was said, and where one writes. */
export class RoomPane {
  #app;
  #header;
  #timeline;
  #composer;
  /** @type {import("../room.js").Room | null} */
  #shown = null;
  /** @type {number | null} */
  #newAfter = null;
  #signposts;
  #seenTo = 0;
  /** @type {Goal | null} */
  #goal = null;
  #isProvisional = false;

  /** @param {import("./app.js").App} app @param {ConstructorParameters<typeof ComposerView>[0]["complete"]} complete */
  constructor(app, complete) {
    this.#app = app;
    this.#header = new RoomHeader(app);
    this.#timeline = new TimelineView({
      elements: { scroller: part("timeline"), rows: part("rows"), top: part("timeline-top"), intro: part("intro"), skeleton: part("skeleton") },
      layOut: (window) => this.#layOut(window),
      drawRow: (row) => drawRow(row, { me: app.client.me.id, nameOf: (id) => app.client.people.nameOf(id) }),
      onMove: () => this.#renderSignals(),
    });
    this.#signposts = new Signposts(app.client.me.id, this.#timeline);
    this.#composer = new ComposerView({
      id: "text",
      label: "Write a message",
      drafts: app.client.drafts,
      limit: () => app.client.limits.text_chars,
      onSend: (text, replyTo) => this.#say(text, replyTo),
      onEdit: (entry, text) => app.act({ op: "edit", room: this.#room.id, target: entry.seq, text }),
      onTyping: () => app.client.typing.typed(this.#room.id),
      lastOwn: () => this.#room.timeline.findLast((entry) => entry.type === "message" && entry.author.id === app.client.me.id && !entry.erased),
      complete,
      pickEmoji: app.pickEmoji,
    });
    this.#composer.element.id = "composer";
    part("composer-place").replaceWith(this.#composer.element);
    const actions = new MessageActions(app, {
      rows: part("rows"),
      room: () => this.#room,
      find: (seq) => this.#room.timeline.find(seq),
      composer: () => this.#composer,
      go: (seq) => this.goTo(seq),
    });
    addTimelineKeys(part("timeline"), part("rows"), (key, message) => actions.pressed(key, message));
    part("jump").addEventListener("click", () => this.jumpToEnd());
    part("first-unread").addEventListener("click", () => this.goTo((this.#newAfter ?? 0) + 1, false));
    part("first-unread-close").addEventListener("click", () => this.#forgetNew());
    document.addEventListener("visibilitychange", () => document.hidden && this.#leftPage(true));
    window.addEventListener("blur", () => this.#leftPage(false));
    window.addEventListener("focus", () => this.#look());
  }

  /** Nothing asks for it before one is shown. */
  get #room() {
    return /** @type {import("../room.js").Room} */ (this.#shown);
  }

  get composer() {
    return this.#composer;
  }

  /** @param {import("../room.js").Room} room @param {number | null} seq of a message to show */
  show(room, seq) {
    if (this.#shown) this.#app.client.marks.left(this.#shown.id);
    this.#shown = room;
    this.beginReading();
    this.#goal = null;
    this.#seenTo = room.last;
    part("rows").setAttribute("aria-label", `Messages in ${room.title}`);
    this.#composer.show(room.id, `Message ${room.title}`);
    this.#timeline.show(room);
    if (seq === null) room.open();
    else this.goTo(seq);
    this.render();
  }

  /** What is unread now is what is new; before the server has told, it is what was unread last time. */
  beginReading() {
    const { unread = 0, read = 0 } = this.#room.state;
    this.#isProvisional = !this.#app.client.rooms.known;
    this.#newAfter = unread ? read : null;
    this.#signposts.begin(unread);
  }

  /** @param {number} seq @param {boolean} [flash] */
  async goTo(seq, flash = true) {
    const room = this.#room;
    /** @type {Goal} */
    const goal = (this.#goal = { seq, flash, isAwaited: false });
    let isThere = false;
    let refused = null;
    try {
      isThere = await this.#timeline.goTo(seq, flash);
    } catch (caught) {
      refused = failed(caught);
    }
    if (goal !== this.#goal || isThere) return; // one wants something else by now
    const isOffline = refused?.code === "disconnected";
    goal.isAwaited = isOffline || (!refused && !room.timeline.opened);
    if (isOffline) this.#app.toast("No connection. The message is shown when it is back.");
    else if (!goal.isAwaited && flash) this.#app.toast(refused && refused.code !== "unknown_message" ? refused.message : "This message is not there any more.");
    if (refused && !room.timeline.opened) room.open();
  }

  async jumpToEnd() {
    this.#goal = null;
    await this.#timeline.jumpToEnd();
    this.#look();
    this.#renderSignals();
    this.#composer.focus();
  }

  /** @param {number} seq the first that is to be unread */
  markedUnread(seq) {
    this.#newAfter = seq - 1;
    this.#signposts.begin(0);
    this.render();
  }

  /** The room changed, or something that shows in it. */
  render() {
    if (!this.#shown) return;
    if (this.#isProvisional && this.#app.client.rooms.known) this.beginReading();
    this.#goWhereAwaited();
    this.#composer.revise((seq) => this.#room.timeline.find(seq));
    this.#header.render(this.#room);
    drawIntro(part("intro"), this.#room, this.#app);
    this.#timeline.render();
    this.#renderSignals();
    this.#renderState();
    this.#look();
  }

  #goWhereAwaited() {
    const goal = this.#goal;
    if (goal?.isAwaited && this.#room.timeline.opened && this.#app.client.online) this.goTo(goal.seq, goal.flash);
  }

  /** @param {import("../reading_window.js").ReadingWindow} window */
  #layOut(window) {
    const { client } = this.#app;
    const room = this.#room;
    const { timeline } = room;
    return layOut({
      entries: window.entries(timeline).filter((entry) => MessageActions.stays(room.id, entry.seq)),
      // What belongs after the newest message shows only where the newest message does.
      pending: window.following || !timeline.opened ? client.outbox.pending(room.id) : [],
      me: client.me,
      online: client.online,
      newAfter: this.#newAfter,
      quote: (seq) => room.quote(seq),
      readBy: window.following ? this.#readBy() : "",
    });
  }

  #readBy() {
    const last = this.#room.timeline.at(-1);
    if (last?.type !== "message") return "";
    const readers = this.#app.members(this.#room.id).readersOf(last.seq, [last.author.id, this.#app.client.me.id]);
    return listed(readers.map((person) => person.name)).join("");
  }

  /** @param {string} text @param {number} [replyTo] */
  #say(text, replyTo) {
    this.#goal = null;
    this.#app.client.say(this.#room.id, text, replyTo);
    this.#timeline.jumpToEnd();
  }

  #look() {
    if (!this.#shown) return;
    const { timeline, last } = this.#shown;
    if (!timeline.opened || !this.#timeline.following) return;
    if (!part("timeline").clientHeight) return; // a phone shows the list, or a panel, instead
    this.#seenTo = last;
    if (!document.hidden && document.hasFocus()) this.#app.client.marks.reached(this.#room, last);
  }

  /** What comes while one is away is new; a line that is there stays until one has really gone. @param {boolean} isHidden */
  #leftPage(isHidden) {
    if (!this.#shown || (!isHidden && this.#newAfter !== null)) return;
    this.#newAfter = this.#room.state.unread ? (this.#newAfter ?? this.#room.state.read ?? 0) : this.#room.last;
    this.#signposts.begin(0);
  }

  #forgetNew() {
    this.#signposts.begin(0);
    this.#renderSignals();
    this.#composer.focus();
  }

  #renderSignals() {
    if (this.#timeline.following) this.#seenTo = this.#room.last;
    this.#signposts.render(this.#room, this.#newAfter ?? 0, this.#seenTo);
  }

  #renderState() {
    const { state } = this.#room;
    const typing = this.#app.client.typing.in(this.#room.id).map((person) => person.name);
    const words = typing.length ? `${listed(typing, 2).join("")} ${typing.length === 1 ? "is" : "are"} typing…` : "";
    if (part("typing").textContent !== words) part("typing").textContent = words;
    const until = state.muted_until ?? 0;
    const muted = until > Date.now() ? `You are muted here until ${dayOf(until) === dayOf(Date.now()) ? timeOf(until) : exactTimeOf(until)}.` : "";
    part("room-note").textContent = state.archived ? "This room is archived: it can be read, and nothing more is said here." : muted;
    part("room-note").hidden = !part("room-note").textContent;
    this.#composer.element.hidden = state.archived ?? false;
  }
}
