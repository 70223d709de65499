import { h, icon } from "./dom.js";
import { openPopover } from "./popover_view.js";

/** @typedef {{label: string, icon?: string, danger?: boolean, run: () => void}} Item */

/**
 * A menu of things to do; arrow keys go through it.
 *
 * @param {HTMLElement} anchor
 * @param {string} label
 * @param {(Item | null | false | undefined)[]} items
 */
export function openMenu(anchor, label, items) {
  const buttons = /** @type {Item[]} */ (items.filter(Boolean)).map((item) =>
    h("button.menu-item", { type: "button", role: "menuitem", class: item.danger ? "menu-danger" : "", onclick: () => choose(item) }, icon(item.icon ?? "dot"), item.label),
  );
  const menu = h("div.menu", { role: "menu", "aria-label": label, onkeydown: (/** @type {KeyboardEvent} */ event) => step(event, buttons) }, ...buttons);
  const { close } = openPopover(anchor, menu, { label, className: "popover-menu" });
  buttons[0]?.focus();

  /** @param {Item} item */
  function choose(item) {
    close();
    item.run();
  }
}

/** @param {KeyboardEvent} event @param {HTMLElement[]} buttons */
function step(event, buttons) {
  const current = buttons.findIndex((button) => button === document.activeElement);
  /** @type {Record<string, number | undefined>} */
  const places = { ArrowDown: current + 1, ArrowUp: current - 1 + buttons.length, Home: 0, End: buttons.length - 1 };
  const next = places[event.key];
  if (next === undefined) return;
  event.preventDefault();
  buttons[next % buttons.length].focus();
}
