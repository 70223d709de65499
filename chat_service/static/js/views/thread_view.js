import { failed } from "../requests.js";
import { layOut } from "../rows.js";
import { Thread } from "../thread.js";
import { ComposerView } from "./composer_view.js";
import { h } from "./dom.js";
import { DrawnRows } from "./drawn_rows.js";
import { MessageActions } from "./message_actions.js";
import { drawRow } from "./row_view.js";
import { addTimelineKeys } from "./timeline_keys.js";

const RETRY_MS = 2_000;
const LASTING = new Set(["disconnected", "unknown_room", "unknown_message"]); // until the next welcome, if not for ever

/** A message and its replies, and where one answers it. */
export class ThreadView {
  title = "Thread";
  #app;
  #room;
  #thread;
  #drawn;
  /** @type {WeakMap<import("../timeline.js").Entry, import("../timeline.js").Entry>} what is the same entry looks the same */
  #bare = new WeakMap();
  #rows = h("div.thread-rows", { role: "log", "aria-label": "Replies" });
  #problem = h("p.empty", { hidden: true });
  #scroller;
  #composer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;

  /** @param {import("./app.js").App} app @param {import("../room.js").Room} room @param {number} root */
  constructor(app, room, root) {
    this.#app = app;
    this.#room = room;
    this.#thread = new Thread({ room: room.id, root, request: (frame) => app.client.request(frame) });
    this.#drawn = new DrawnRows(this.#rows, (row) => drawRow(row, { me: app.client.me.id, nameOf: (id) => app.client.people.nameOf(id) }));
    this.#scroller = h("div.thread-scroller", { tabindex: "0", role: "group", "aria-label": "Thread" }, this.#rows, this.#problem);
    this.#composer = new ComposerView({
      id: "thread-text",
      label: "Write a reply",
      drafts: app.client.drafts,
      limit: () => app.client.limits.text_chars,
      onSend: (text, replyTo) => app.client.say(room.id, text, replyTo),
      onEdit: (entry, text) => app.act({ op: "edit", room: room.id, target: entry.seq, text }),
      onTyping: () => app.client.typing.typed(room.id),
      lastOwn: () => this.#thread.timeline.findLast((entry) => entry.author.id === app.client.me.id && !entry.erased),
      complete: app.complete,
      pickEmoji: app.pickEmoji,
    });
    this.#composer.show(`${room.id}.${root}`, "Reply", root);
    this.#composer.element.hidden = room.state.archived ?? false;
    const actions = new MessageActions(app, {
      rows: this.#rows,
      room: () => room,
      find: (seq) => this.#thread.timeline.find(seq),
      composer: () => this.#composer,
      go: (seq) => app.go(room.id, seq),
    });
    addTimelineKeys(this.#scroller, this.#rows, (key, message) => actions.pressed(key, message));
    this.element = h("div.panel-content.thread", {}, this.#scroller, this.#composer.element);
    this.#load();
  }

  focus() {
    if (matchMedia("(pointer: coarse)").matches) this.#scroller.focus(); // a phone's keyboard comes when it is asked for
    else this.#composer.focus();
  }

  /** @param {boolean} skipped */
  connected(skipped) {
    if (skipped || !this.#thread.timeline.opened) this.#load();
  }

  /** @param {import("../timeline.js").RoomEvent[]} events of the room */
  arrived(events) {
    this.#thread.arrived(events);
    this.render();
  }

  /** Somebody deleted their account. @param {import("../folding.js").Gone} gone */
  gone(gone) {
    this.#thread.forget(gone);
    this.render();
  }

  render() {
    const { timeline, root } = this.#thread;
    const { client } = this.#app;
    if (!timeline.opened) return;
    this.#composer.revise((seq) => timeline.find(seq));
    const atEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight < 100;
    const rows = layOut({
      entries: timeline.slice(0, timeline.length - 1).filter((entry) => MessageActions.stays(this.#room.id, entry.seq)).map((entry) => this.#bareOf(entry)),
      pending: client.outbox.pending(this.#room.id).filter((item) => item.reply_to && (item.reply_to === root || timeline.find(item.reply_to))).map((item) => withoutQuote(item, root)),
      me: client.me,
      online: client.online,
      quote: (seq) => timeline.find(seq) ?? null,
    }).filter((row) => row.kind === "message");
    this.#drawn.draw(rows);
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** @param {import("../timeline.js").Entry} entry */
  #bareOf(entry) {
    const bare = this.#bare.get(entry) ?? withoutQuote(entry, this.#thread.root);
    this.#bare.set(entry, bare);
    return bare;
  }

  async #load() {
    clearTimeout(this.#retryTimer);
    try {
      await this.#thread.load();
      this.#problem.hidden = true;
      this.render();
    } catch (caught) {
      if (this.#thread.timeline.opened) return; // asked again since, and answered
      const problem = failed(caught);
      this.#problem.textContent = problem.message;
      this.#problem.hidden = false;
      if (LASTING.has(problem.code)) return;
      clearTimeout(this.#retryTimer); // of one asked meanwhile
      this.#retryTimer = setTimeout(() => this.element.isConnected && this.#load(), problem.retryAfterMs ?? RETRY_MS);
    }
  }
}

/** That a reply answers the thread's first message goes without saying here; nor are its replies counted again. @template {{reply_to?: number}} E @param {E} entry @param {number} root @returns {E} */
function withoutQuote(entry, root) {
  return { ...entry, replies: undefined, thread: undefined, reply_to: entry.reply_to === root ? undefined : entry.reply_to };
}
