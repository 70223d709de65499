import { hueOf, isEmoji } from "../format.js";
import { splitLinks } from "../links.js";
import { counted, listed } from "../notices.js";
import { avatar } from "./avatar_view.js";
import { h, icon } from "./dom.js";
import { markup, wordsOf } from "./markup.js";
import { drawTime } from "./row_view.js";

/** @type {Record<string, string | undefined>} */
const STATES = { sending: "Sending…", queued: "Will be sent when the connection is back" };
const QUOTED_CHARS = 160;

/**
 * @typedef {object} Context
 * @property {string} me
 * @property {(id: string) => string} nameOf
 */

/** @param {import("../rows.js").Row} row @param {Context} context @returns {HTMLElement} */
export function drawMessage(row, context) {
  const { at = 0, head, state } = row;
  const entry = /** @type {import("../rows.js").Said} */ (row.entry);
  const classes = [
    head ? "message-head" : "message-more",
    state !== "stored" && "message-unsent",
    state === "failed" && "message-failed",
    row.calls && "message-calls",
  ];
  // One tab stop for the list, arrows inside: timeline_keys.js.
  const message = h("article.message", { class: classes.filter(Boolean).join(" "), tabindex: "-1", dataset: { id: entry.id } });
  if (entry.seq !== undefined) message.dataset.seq = entry.seq;
  const author = h("bdi.message-author", { class: `hue-${hueOf(entry.author.id)}` }, entry.author.name);
  const body = h("div.message-body", {}, ...drawBody(row, entry, context));
  if (head) message.append(avatar(entry.author), h("div.message-meta", {}, author, drawTime(at)), body);
  else {
    author.classList.add("visually-hidden"); // seen from the grouping, but heard only if it is said
    message.append(drawTime(at), author, body);
  }
  return message;
}

/** @param {import("../rows.js").Row} row @param {import("../rows.js").Said} entry @param {Context} context */
function drawBody(row, entry, context) {
  const { quote, state } = row;
  return [
    entry.reply_to !== undefined && drawQuote(entry.reply_to, quote),
    entry.pinned && h("p.message-mark", {}, icon("pin"), "Pinned"),
    entry.erased ? h("p.message-gone", {}, "This message was deleted.") : drawText(entry),
    entry.reactions?.length && drawReactions(entry.reactions, context),
    entry.replies && drawThreadLink(entry),
    state !== "stored" && drawState(row),
    row.readBy && h("p.message-read", {}, icon("check"), `Read by ${row.readBy}`),
  ];
}

/** @param {{text?: string, html?: string, edited_at?: number}} entry @returns {HTMLElement} */
export function drawText({ text = "", html, edited_at: editedAt }) {
  const block = h("div.message-text", { dir: "auto", class: isEmoji(text) ? "message-emoji" : "" });
  if (html) {
    block.classList.add("message-markup");
    block.append(markup(html));
  } else block.append(...splitLinks(text).map((piece) => (piece.href ? drawLink(piece) : piece.text)));
  if (editedAt) (html ? block.lastElementChild ?? block : block).append(h("span.message-edited", { title: new Date(editedAt).toLocaleString() }, " (edited)"));
  return block;
}

/** @param {{text: string, href?: string}} piece */
const drawLink = ({ text, href }) => h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, text);

/** @param {number} seq @param {import("../timeline.js").Entry | null | undefined} quote */
function drawQuote(seq, quote) {
  const block = h("a.quote", { href: `#${seq}`, dataset: { action: "go", target: seq } });
  if (quote === undefined) block.append("…");
  else if (!quote || quote.erased) block.append(h("span.quote-text", {}, "A message that was deleted"));
  else {
    const name = h("bdi.quote-author", { class: `hue-${hueOf(quote.author.id)}` }, quote.author.name);
    block.append(icon("reply"), name, h("span.quote-text", { dir: "auto" }, wordsOf(quote).slice(0, QUOTED_CHARS)));
  }
  return block;
}

/** @param {import("../timeline.js").Reaction[]} reactions @param {Context} context */
function drawReactions(reactions, { me, nameOf }) {
  const chips = reactions.map(({ emoji, people }) => {
    const mine = people.includes(me);
    const names = listed(people.map((id) => (id === me ? "you" : nameOf(id))), 8).join("");
    return h(
      "button.reaction",
      { type: "button", title: names, "aria-pressed": String(mine), dataset: { action: "toggle-reaction", emoji } },
      h("span.reaction-emoji", {}, emoji),
      h("span", {}, String(people.length)),
      h("span.visually-hidden", {}, ` from ${names}`),
    );
  });
  return h("div.reactions", {}, ...chips);
}

/** @param {import("../rows.js").Said} entry */
function drawThreadLink({ seq, replies = 0 }) {
  return h("button.thread-link", { type: "button", dataset: { action: "thread", target: seq } }, icon("thread"), counted(replies, "reply").replace("replys", "replies"));
}

/** @param {import("../rows.js").Row} row */
function drawState({ state, reason }) {
  if (state !== "failed") {
    const className = `message-state-${state}`;
    return h("p.message-state", { class: className }, reason && state === "sending" ? `Waiting. ${reason}` : STATES[state ?? ""]);
  }
  const buttons = ["Retry", "Copy", "Delete"].map((word) =>
    h("button.link-button", { type: "button", dataset: { action: `${word.toLowerCase()}-failed` } }, word),
  );
  return h("div.message-state", {}, h("span", {}, `Not sent. ${reason}`), h("span.message-actions", {}, ...buttons));
}
