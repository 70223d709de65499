const INSIDE = "a[href], button";

/**
 * The list is one tab stop; the arrow keys go from message to message inside it, and what a message holds can be reached
 * once one is there.
 *
 * @param {HTMLElement} scroller
 * @param {HTMLElement} rows
 * @param {(key: string, message: HTMLElement) => boolean} onKey whether the key meant something for the message
 */
export function addTimelineKeys(scroller, rows, onKey) {
  scroller.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const current = /** @type {HTMLElement | null} */ (document.activeElement?.closest(".message") ?? null);
    if (step(event, rows, current) || (current && document.activeElement === current && onKey(event.key, current))) event.preventDefault();
  });
  rows.addEventListener("focusin", ({ target }) => reach(/** @type {HTMLElement} */ (target), "0"));
  rows.addEventListener("focusout", ({ target, relatedTarget }) => {
    const message = /** @type {HTMLElement} */ (target).closest(".message");
    if (!message?.contains(/** @type {Node} */ (relatedTarget))) reach(/** @type {HTMLElement} */ (target), "-1");
  });
}

/** @param {Element} message drawn just now: nothing in it is a tab stop yet */
export function holdBack(message) {
  for (const inside of message.querySelectorAll(INSIDE)) inside.setAttribute("tabindex", "-1");
}

/** @param {Element} target @param {string} tabindex */
function reach(target, tabindex) {
  const message = target.closest(".message");
  for (const inside of message?.querySelectorAll(INSIDE) ?? []) inside.setAttribute("tabindex", tabindex);
}

/** @param {KeyboardEvent} event @param {HTMLElement} rows @param {HTMLElement | null} current */
function step(event, rows, current) {
  const messages = /** @type {HTMLElement[]} */ ([...rows.querySelectorAll(".message")]);
  const place = current ? messages.indexOf(current) : -1;
  /** @type {Record<string, (() => HTMLElement | null | undefined) | undefined>} */
  const steps = {
    ArrowUp: () => (place === -1 ? messages.at(-1) : messages[place - 1]),
    ArrowDown: () => (place === -1 ? messages.at(-1) : messages[place + 1]),
    Home: () => current && messages[0],
    End: () => current && messages.at(-1),
  };
  const next = steps[event.key]?.();
  if (!next) return false;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}
