import { mayModerate, mayPin } from "../standing.js";
import { around, h, iconButton } from "./dom.js";
import { openMenu } from "./menu_view.js";
import { toast } from "./toast_view.js";

const UNDO_MS = 5_000;
/** @type {Record<string, string | undefined>} */
const KEYS = { e: "edit", r: "reply", "+": "react", Delete: "delete", Enter: "more", u: "unread", t: "thread" };

/** What one can do with a message: its tools under the pointer or the focus, the buttons in it, its keys. */
export class MessageActions {
  #app;
  #parts;
  #tools;
  /** Messages that go unless one undoes it, by room and seq. @type {Set<string>} */
  static #leaving = new Set();

  /**
   * @param {import("./app.js").App} app
   * @param {object} parts
   * @param {HTMLElement} parts.rows
   * @param {() => import("../room.js").Room} parts.room
   * @param {(seq: number) => import("../timeline.js").Entry | undefined} parts.find the entry
   * @param {() => import("./composer_view.js").ComposerView} parts.composer
   * @param {(seq: number) => void} parts.go
   */
  constructor(app, parts) {
    this.#app = app;
    this.#parts = parts;
    this.#tools = h(
      "div.tools",
      { role: "toolbar", "aria-label": "Message actions" },
      iconButton("smile", "React", { dataset: { action: "react" } }),
      iconButton("reply", "Reply", { dataset: { action: "reply" } }),
      iconButton("more", "More actions", { dataset: { action: "more" }, "aria-haspopup": "menu" }),
    );
    parts.rows.addEventListener("pointerover", (event) => event.pointerType !== "touch" && this.#offer(event));
    parts.rows.addEventListener("focusin", (event) => this.#offer(event));
    parts.rows.addEventListener("click", (event) => this.#clicked(event));
    parts.rows.addEventListener("contextmenu", (event) => this.#held(event));
  }

  /** Whether it is still to be seen. @param {string} room @param {number} seq @returns {boolean} */
  static stays = (room, seq) => !MessageActions.#leaving.has(`${room}/${seq}`);

  /** @param {string} key @param {HTMLElement} message @returns {boolean} */
  pressed(key, message) {
    const entry = this.#entryOf(message);
    const action = KEYS[key];
    if (!entry || !action) return false;
    this.#run(action, entry, message);
    return true;
  }

  /** @param {Event} event */
  #offer(event) {
    const message = around(event, ".message[data-seq]");
    if (message && !message.contains(this.#tools) && this.#entryOf(message)) message.append(this.#tools);
  }

  /** A long press is a touch screen's second button. @param {Event} event */
  #held(event) {
    const message = around(event, ".message[data-seq]");
    if (!message || around(event, "a") || !matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    this.#run("more", this.#entryOf(message), message);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = around(event, "[data-action]");
    const message = /** @type {HTMLElement | null | undefined} */ (button?.closest(".message"));
    if (!button || !message) return;
    event.preventDefault();
    const { action = "", target, emoji } = button.dataset;
    if (action.endsWith("-failed")) return this.#failed(action, message.dataset.id ?? "");
    if (action === "go") return this.#parts.go(Number(target));
    if (action === "copy-code") return this.#copy(button.parentElement?.querySelector("pre")?.textContent ?? "", "Code copied.");
    this.#run(action, this.#entryOf(message), button, emoji);
  }

  /** @param {string} action @param {string} id */
  #failed(action, id) {
    const { outbox } = this.#app.client;
    if (action === "retry-failed") outbox.retry(id);
    if (action === "copy-failed") this.#copy(outbox.find(id)?.text ?? "", "Copied.");
    if (action === "delete-failed") outbox.remove(id);
  }

  /** @param {string} action @param {import("../timeline.js").Entry | undefined} entry @param {HTMLElement} anchor @param {string} [emoji] */
  #run(action, entry, anchor, emoji = "") {
    if (!entry) return;
    const { seq } = entry;
    const room = this.#parts.room();
    const may = this.#may(entry);
    /** @type {Record<string, (() => unknown) | undefined>} */
    const actions = {
      react: () => this.#app.pickEmoji(anchor, (picked) => this.#react(entry, picked, true)),
      "toggle-reaction": () => this.#react(entry, emoji, false),
      reply: () => this.#parts.composer().reply(entry),
      thread: () => this.#app.openPanel("thread", entry.thread ?? seq),
      more: () => openMenu(anchor, "Message actions", this.#items(entry, anchor)),
      edit: () => may.edit && this.#parts.composer().edit(entry),
      delete: () => may.delete && this.#delete(room, entry),
      pin: () => may.pin && this.#app.act({ op: entry.pinned ? "unpin" : "pin", room: room.id, target: seq }),
      unread: () => this.#app.markUnread(room, seq),
      copy: () => this.#copy(entry.text ?? "", "Text copied."),
      link: () => this.#copy(this.#app.linkTo(room.id, seq), "Link copied."),
    };
    actions[action]?.();
  }

  /** @param {import("../timeline.js").Entry} entry */
  #may(entry) {
    const { state } = this.#parts.room();
    const { admin, me } = this.#app.client;
    const mine = entry.author.id === me.id;
    const lives = !entry.erased && !state.archived;
    return { edit: mine && lives, delete: lives && (mine || mayModerate(state, admin)), pin: lives && mayPin(state, admin), react: lives };
  }

  /** @param {import("../timeline.js").Entry} entry @param {HTMLElement} anchor */
  #items(entry, anchor) {
    const may = this.#may(entry);
    const item = (/** @type {string} */ action, /** @type {string} */ label, /** @type {string} */ icon, danger = false) => ({ label, icon, danger, run: () => this.#run(action, entry, anchor) });
    return [
      may.react && item("react", "Add reaction", "smile"),
      may.react && item("reply", "Reply", "reply"),
      item("thread", "Open thread", "thread"),
      may.edit && item("edit", "Edit", "edit"),
      may.pin && item("pin", entry.pinned ? "Unpin" : "Pin", "pin"),
      item("unread", "Mark unread", "unread"),
      !entry.erased && item("copy", "Copy text", "copy"),
      item("link", "Copy link", "link"),
      may.delete && item("delete", "Delete", "trash", true),
    ];
  }

  /** @param {import("../timeline.js").Entry} entry @param {string} emoji @param {boolean} onlyAdd */
  #react(entry, emoji, onlyAdd) {
    const mine = entry.reactions?.find((reaction) => reaction.emoji === emoji)?.people.includes(this.#app.client.me.id);
    if (mine && onlyAdd) return;
    this.#app.act({ op: mine ? "unreact" : "react", room: this.#parts.room().id, target: entry.seq, emoji });
  }

  /** Gone from view at once; from the server when there is no way back any more. @param {import("../room.js").Room} room @param {import("../timeline.js").Entry} entry */
  #delete(room, { seq }) {
    const gone = `${room.id}/${seq}`;
    const back = () => (MessageActions.#leaving.delete(gone), this.#app.renderSoon());
    MessageActions.#leaving.add(gone);
    this.#app.renderSoon();
    const end = toast("Message deleted.", {
      action: "Undo",
      forMs: UNDO_MS,
      run: back,
      onGone: () => {
        window.removeEventListener("pagehide", end, { capture: true });
        this.#app.act({ op: "delete", room: room.id, target: seq }).finally(() => setTimeout(back, 1_000)); // its event is here by then
      },
    });
    window.addEventListener("pagehide", end, { capture: true }); // before the page says goodbye
  }

  /** @param {string} text @param {string} told */
  #copy(text, told) {
    navigator.clipboard.writeText(text).then(
      () => toast(told, { forMs: 2_000 }),
      () => this.#parts.composer().insert(text), // without the right to the clipboard, a place from which one can copy
    );
  }

  /** @param {HTMLElement} message */
  #entryOf(message) {
    const seq = Number(message?.dataset.seq);
    return seq ? this.#parts.find(seq) : undefined;
  }
}
