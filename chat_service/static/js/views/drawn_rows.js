import { sameRow } from "../rows.js";
import { holdBack } from "./timeline_keys.js";

/** @typedef {{row: import("../rows.js").Row, element: HTMLElement}} Drawn */

/** The rows of a list as they are on the page. What looks the same keeps its element, and so its place and the focus. */
export class DrawnRows {
  #list;
  #drawRow;
  /** @type {Map<string, Drawn>} by the row's key */
  #drawn = new Map();

  /** @param {HTMLElement} list @param {(row: import("../rows.js").Row) => HTMLElement} drawRow */
  constructor(list, drawRow) {
    this.#list = list;
    this.#drawRow = drawRow;
  }

  get isEmpty() {
    return !this.#drawn.size;
  }

  get all() {
    return this.#drawn.entries();
  }

  /** @param {string} key @returns {HTMLElement | undefined} */
  find(key) {
    return this.#drawn.get(key)?.element;
  }

  clear() {
    this.#drawn.clear();
    this.#list.replaceChildren();
  }

  /** @param {import("../rows.js").Row[]} rows */
  draw(rows) {
    const before = this.#drawn;
    const drawn = new Map();
    const focused = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".message"));
    let place = this.#list.firstElementChild;
    for (const row of rows) {
      const known = before.get(row.key);
      const isSame = known && sameRow(known.row, row);
      const element = isSame ? known.element : this.#drawRow(row);
      if (!isSame) holdBack(element);
      if (known && !isSame) {
        if (known.element === place) place = element;
        known.element.replaceWith(element);
        if (known.element === focused) element.focus({ preventScroll: true });
      }
      drawn.set(row.key, { row: isSame ? known.row : row, element });
      if (element === place) place = element.nextElementSibling;
      else this.#list.insertBefore(element, place);
    }
    this.#drawn = drawn;
    const gone = [...before].filter(([key]) => !drawn.has(key)).map(([, { element }]) => element);
    for (const element of gone) if (element !== focused) element.remove();
    if (focused && gone.includes(focused)) this.#lose(focused);
  }

  /** Whoever is at a message that goes is at the next one then, or at the last. @param {HTMLElement} message */
  #lose(message) {
    const messages = /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll(".message")]);
    const place = messages.indexOf(message);
    (messages[place + 1] ?? messages[place - 1])?.focus({ preventScroll: true });
    message.remove();
  }
}
