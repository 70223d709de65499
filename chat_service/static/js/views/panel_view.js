import { DetailsView } from "./details_view.js";
import { part } from "./dom.js";
import { MembersView } from "./members_view.js";
import { PinsView } from "./pins_view.js";
import { ThreadView } from "./thread_view.js";

/** @typedef {keyof typeof KINDS | "thread"} Kind */

const KINDS = { members: MembersView, pins: PinsView, details: DetailsView };

/**
 * The panel beside the room. What it shows has a title, an element, and may listen.
 *
 * @typedef {object} Content
 * @property {string} title
 * @property {HTMLElement} element
 * @property {() => void} render
 * @property {(events: import("../timeline.js").RoomEvent[]) => void} [arrived]
 * @property {(gone: import("../folding.js").Gone) => void} [gone] somebody deleted their account
 * @property {() => void} [focus]
 * @property {(skipped: boolean) => void} [connected] what did not come may come now; or what came is outdated, since much happened that is not told
 */
export class PanelView {
  #app;
  /** @type {Content | null} */
  #content = null;
  /** @type {HTMLElement | null} */
  #before = null;
  /** @type {{kind: Kind, about?: number} | null} */
  shown = null;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.#app = app;
    part("panel-close").addEventListener("click", () => app.closePanel());
    part("panel").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      app.closePanel();
    });
  }

  /** @param {Kind} kind @param {number} [about] seq of a thread's first message */
  open(kind, about) {
    if (!this.#app.room) return;
    if (!this.shown) this.#before = /** @type {HTMLElement | null} */ (document.activeElement);
    this.shown = { kind, about };
    const content = (this.#content = contentOf(this.#app, this.#app.room, kind, about));
    part("panel-title").textContent = content.title;
    part("panel-body").replaceChildren(content.element);
    part("panel").hidden = false;
    part("chat").classList.add("with-panel");
    this.#app.showPane("panel");
    this.render();
    if (content.focus) content.focus();
    else part("panel-close").focus({ preventScroll: true });
  }

  close() {
    if (!this.shown) return;
    const hadFocus = part("panel").contains(document.activeElement);
    this.shown = this.#content = null;
    part("panel").hidden = true;
    part("panel-body").replaceChildren();
    part("chat").classList.remove("with-panel");
    this.#app.showPane("room");
    this.#app.renderSoon();
    if (!hadFocus) return;
    if (this.#before?.isConnected) this.#before.focus({ preventScroll: true });
    else this.#app.focusComposer();
  }

  render() {
    this.#content?.render();
  }

  /** @param {import("../timeline.js").RoomEvent[]} events of the room that is shown */
  arrived(events) {
    this.#content?.arrived?.(events);
  }

  connected(skipped = false) {
    this.#content?.connected?.(skipped);
  }

  /** Somebody deleted their account. @param {import("../folding.js").Gone} gone */
  gone(gone) {
    this.#content?.gone?.(gone);
  }
}

/** @param {import("./app.js").App} app @param {import("../room.js").Room} room @param {Kind} kind @param {number} [about] @returns {Content} */
const contentOf = (app, room, kind, about = 0) => (kind === "thread" ? new ThreadView(app, room, about) : new KINDS[kind](app, room));
