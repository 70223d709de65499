import { neighbour } from "../sidebar_order.js";

/** Keys that work anywhere. @param {import("./app.js").App} app @param {{order: () => import("../room.js").Room[], help: () => void}} parts */
export function addShortcuts(app, { order, help }) {
  document.addEventListener("keydown", (event) => {
    const mod = event.ctrlKey || event.metaKey;
    if (mod && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") take(event, () => app.openSwitcher());
    else if (mod && event.key === "/") take(event, help);
    else if (event.altKey && !mod && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      take(event, () => {
        const room = neighbour(order(), app.room?.id, event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
        if (room) app.go(room.id);
      });
    } else if (event.key === "Escape" && !event.defaultPrevented) escape(app);
  });
}

/** @param {Event} event @param {() => void} run */
function take(event, run) {
  event.preventDefault();
  run();
}

/** What the platform has not closed already: the panel; and from the list back to where one writes. @param {import("./app.js").App} app */
function escape(app) {
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (app.panel) app.closePanel();
  else app.focusComposer();
}
