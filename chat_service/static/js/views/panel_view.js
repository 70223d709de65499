import { DetailsView } from "./details_view.js";
import { part } from "./dom.js";
import { MembersView } from "./members_view.js";
import { PinsView } from "./pins_view.js";
import { ThreadView } from "./thread_view.js";

const KINDS = { members: MembersView, thread: ThreadView, pins: PinsView, details: DetailsView };

/**
 * The panel beside the room. What it shows has a title, an element, and may listen.
 *
 * @typedef {object} Content
 * @property {string} title
 * @property {HTMLElement} element
 * @property {() => void} render
 * @property {(events: any[]) => void} [arrived]
 * @property {(person: string) => void} [erased] all that somebody said is gone
 * @property {() => void} [focus]
 */
export class PanelView {
  #app;
  #content = null;
  #before = null;
  /** @type {{kind: string, about: any} | null} */
  shown = null;

  /** @param {any} app */
  constructor(app) {
    this.#app = app;
    part("panel-close").addEventListener("click", () => app.closePanel());
    part("panel").addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      app.closePanel();
    });
  }

  /** @param {string} kind @param {any} [about] */
  open(kind, about) {
    if (!this.shown) this.#before = document.activeElement;
    this.shown = { kind, about };
    this.#content = new KINDS[kind](this.#app, this.#app.room, about);
    part("panel-title").textContent = this.#content.title;
    part("panel-body").replaceChildren(this.#content.element);
    part("panel").hidden = false;
    part("chat").classList.add("with-panel");
    this.#app.showPane("panel");
    this.render();
    if (this.#content.focus) this.#content.focus();
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

  /** @param {any[]} events of the room that is shown */
  arrived(events) {
    this.#content?.arrived?.(events);
  }

  /** @param {string} person all of whose texts are gone */
  erased(person) {
    this.#content?.erased?.(person);
  }
}
