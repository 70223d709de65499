import { dayLabelOf, exactTimeOf, hueOf, initialsOf, isEmoji, timeOf } from "./format.js";
import { splitLinks } from "./links.js";

const NOTICES = { joined: "joined", came: "is here", left: "left" };
const STATES = { sending: "Sending…", queued: "Will be sent when the connection is back" };

/**
 * Builds the element of a row. Everything people wrote enters as text, never as markup.
 *
 * @param {import("./rows.js").Row} row
 * @returns {HTMLElement}
 */
export function drawRow(row) {
  switch (row.kind) {
    case "message":
      return drawMessage(row);
    case "day":
      return element("div", "divider", dayLabelOf(row.at, Date.now()));
    case "new":
      return element("div", "divider divider-new", "New");
    default:
      return drawNotice(row);
  }
}

/** @param {string} personId @param {string} name @returns {HTMLElement} for the eye only: the name is always beside it */
export function drawAvatar(personId, name) {
  const avatar = element("span", `avatar hue-${hueOf(personId)}`, initialsOf(name));
  avatar.setAttribute("aria-hidden", "true");
  return avatar;
}

function drawMessage(row) {
  const message = element("article", `message ${row.head ? "message-head" : "message-more"}`);
  if (row.state !== "stored") message.classList.add("message-unsent");
  if (row.state === "failed") message.classList.add("message-failed");
  message.dataset.id = row.id;
  message.tabIndex = -1; // one tab stop for the list, arrows inside: timeline_view.js

  const author = element("bdi", `message-author hue-${hueOf(row.personId)}`, row.name);
  const body = element("div", "message-body");
  body.append(drawText(row.text));
  if (row.state !== "stored") body.append(drawState(row));
  if (row.head) {
    const meta = element("div", "message-meta");
    meta.append(author, drawTime(row.at));
    message.append(drawAvatar(row.personId, row.name), meta, body);
  } else {
    author.classList.add("visually-hidden"); // seen from the grouping, but heard only if it is said
    message.append(drawTime(row.at), author, body);
  }
  return message;
}

function drawText(text) {
  const paragraph = element("div", isEmoji(text) ? "message-text message-emoji" : "message-text");
  paragraph.dir = "auto";
  for (const piece of splitLinks(text)) paragraph.append(piece.href ? drawLink(piece) : piece.text);
  return paragraph;
}

function drawLink({ text, href }) {
  const link = element("a", "", text);
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function drawState(row) {
  if (row.state !== "failed") return element("div", `message-state message-state-${row.state}`, STATES[row.state]);
  const state = element("div", "message-state", `Not sent. ${row.reason}`);
  const actions = element("div", "message-actions");
  for (const action of ["Retry", "Copy", "Delete"]) {
    const button = element("button", "link-button", action);
    button.type = "button";
    button.dataset.action = action.toLowerCase();
    actions.append(button);
  }
  state.append(actions);
  return state;
}

function drawNotice(row) {
  const notice = element("div", "notice");
  const line = element("p", "");
  line.append(element("bdi", "", row.name), ` ${NOTICES[row.kind]}`, drawTime(row.at));
  notice.append(line);
  return notice;
}

function drawTime(at) {
  const time = element("time", "message-time", timeOf(at));
  time.dateTime = new Date(at).toISOString();
  time.title = exactTimeOf(at);
  return time;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
