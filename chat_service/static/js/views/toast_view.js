import { h, iconButton, part } from "./dom.js";

const SHOWN_MS = 6_000;

/**
 * Says something in passing, or until somebody answers (`lasts`), perhaps to get what is nowhere else (`keeps`). With an action ("Undo"), what it is about happens only once it is gone.
 *
 * @param {string} text
 * @param {{action?: string, run?: () => void, onGone?: () => void, forMs?: number, lasts?: boolean, keeps?: boolean}} [options]
 * @returns {() => void} ends it
 */
export function toast(text, { action, run = () => {}, onGone = () => {}, forMs = SHOWN_MS, keeps = false, lasts = keeps } = {}) {
  let isOver = false;
  const timer = lasts ? undefined : setTimeout(() => end(onGone), forMs);
  const button = action && h("button.link-button", { type: "button", onclick: () => end(run) }, action);
  const made = h("div.toast", { class: keeps ? "toast-keeps" : "" }, h("span", {}, text), button, lasts && iconButton("close", "Not now", { onclick: () => end(onGone) }));
  part("toasts").append(made);
  return () => end(onGone);

  /** @param {() => void} then */
  function end(then) {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    made.remove();
    then();
  }
}
