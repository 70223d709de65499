import { h } from "./dom.js";

const GAP_PX = 6;
const EDGE_PX = 8;

/**
 * Shows something beside what it belongs to; a click elsewhere or Esc closes it, and focus goes back.
 *
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{label: string, className?: string, onClose?: () => void}} options
 * @returns {{close: () => void}}
 */
export function openPopover(anchor, content, { label, className = "", onClose = () => {} }) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const popover = h("div.popover", { popover: "auto", role: "dialog", "aria-label": label, class: className }, content);
  document.body.append(popover);
  popover.addEventListener("toggle", (/** @type {ToggleEvent} */ { newState }) => {
    if (newState !== "closed") return;
    const hadFocus = popover.contains(document.activeElement) || document.activeElement === document.body;
    popover.remove();
    if (hadFocus) (before?.isConnected ? before : anchor).focus({ preventScroll: true });
    onClose();
  });
  popover.showPopover();
  place(popover, anchor.getBoundingClientRect());
  return { close: () => popover.isConnected && popover.hidePopover() };
}

/** Above or below, where there is room; narrow screens have their sheet by the style sheet. @param {HTMLElement} popover @param {DOMRect} anchor */
function place(popover, anchor) {
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = anchor.bottom + GAP_PX;
  const fitsBelow = below + height <= innerHeight - EDGE_PX;
  const top = fitsBelow ? below : Math.max(EDGE_PX, anchor.top - height - GAP_PX);
  const left = Math.min(Math.max(EDGE_PX, anchor.right - width), innerWidth - width - EDGE_PX);
  popover.style.setProperty("--popover-top", `${top}px`);
  popover.style.setProperty("--popover-left", `${Math.max(EDGE_PX, left)}px`);
}
