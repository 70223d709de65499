import { exactTimeOf, timeOf } from "../format.js";
import { noticeOf } from "../notices.js";
import { h } from "./dom.js";
import { drawMessage } from "./message_view.js";

/**
 * Builds the element of a row.
 *
 * @param {import("../rows.js").Row} row
 * @param {import("./message_view.js").Context} context
 * @returns {HTMLElement}
 */
export function drawRow(row, context) {
  switch (row.kind) {
    case "message":
      return drawMessage(row, context);
    case "day":
      return h("div.divider", {}, h("span", {}, row.label ?? ""));
    case "new":
      return h("div.divider.divider-new", {}, h("span", {}, "New"));
    default:
      return drawNotice(row);
  }
}

/** @param {number} at @returns {HTMLElement} */
export const drawTime = (at) => h("time.message-time", { datetime: new Date(at).toISOString(), title: exactTimeOf(at) }, timeOf(at));

/** @param {import("../rows.js").Row} row */
function drawNotice({ entry, people = [], at = 0 }) {
  const parts = noticeOf(/** @type {import("../rows.js").Said} */ (entry), people).map((part) => (typeof part === "string" ? part : h("bdi.notice-name", {}, part.name)));
  return h("div.notice", {}, h("p", {}, ...parts, drawTime(at)));
}
