import { dayOf } from "./format.js";

const GROUP_MS = 5 * 60_000;
const SAME_ARRIVAL_MS = 60_000;

/**
 * One row of the page, flat and comparable: a row whose fields are the same needs no work.
 *
 * @typedef {object} Row
 * @property {"message" | "joined" | "came" | "left" | "day" | "new"} kind
 * @property {string} key the same for the same thing, whatever happens to it
 * @property {number} [at] milliseconds since the epoch
 * @property {string} [personId]
 * @property {string} [name]
 * @property {string} [id] of a message, the client's own
 * @property {string} [text]
 * @property {boolean} [head] whether author and time are shown, or it goes on from the row above
 * @property {"stored" | "sending" | "queued" | "failed"} [state]
 * @property {string} [reason]
 */

/**
 * Lays out what a reader sees: groups one author's messages, separates days, puts comings and goings between the messages
 * and what is still on its way at the end.
 *
 * @param {object} parts
 * @param {import("./timeline.js").Event[]} parts.events in order
 * @param {import("./outbox.js").Pending[]} [parts.pending]
 * @param {import("./notices.js").Notice[]} [parts.notices]
 * @param {import("./timeline.js").Person} parts.me
 * @param {boolean} [parts.online] whether what is pending is on its way, or waits for a connection
 * @param {number | null} [parts.newAfter] the last seq the reader had seen before going away
 * @returns {Row[]}
 */
export function layOut({ events, pending = [], notices = [], me, online = true, newAfter = null }) {
  const page = new Page();
  const waiting = withoutJoins(notices, events).filter((notice) => notice.after >= (events[0]?.seq ?? 1) - 1);
  let marked = newAfter === null;

  for (const event of events) {
    while (waiting.length && waiting[0].after < event.seq) page.notice(waiting.shift());
    if (!marked && event.seq > newAfter && event.type === "message" && event.author.id !== me.id) {
      page.newLine();
      marked = true;
    }
    if (event.type === "message") page.message(event, "stored");
    else if (event.type === "join") page.joined(event);
  }
  for (const notice of waiting) page.notice(notice);
  for (const item of pending) page.message({ ...item, author: me }, stateOf(item, online));
  return page.rows;
}

/** Somebody new is told of by the room itself; that they are here too goes without saying. */
function withoutJoins(notices, events) {
  const joined = (person, at) =>
    events.some((event) => event.type === "join" && event.author.id === person.id && Math.abs(event.at - at) < SAME_ARRIVAL_MS);
  return notices.filter(({ kind, person, at }) => kind !== "came" || !joined(person, at));
}

function stateOf(item, online) {
  if (item.state === "queued") return online ? "sending" : "queued";
  return item.state === "sent" ? "stored" : item.state;
}

class Page {
  rows = [];
  #day = null;
  #group = null;

  message({ author, id, at, text, reason }, state) {
    this.#startDay(at);
    const head = this.#group?.personId !== author.id || at - this.#group.at >= GROUP_MS;
    const key = `message/${author.id}/${id}`;
    const row = { kind: "message", key, at, personId: author.id, name: author.name, id, text, head, state, reason };
    if (head) this.#group = row;
    this.rows.push(row);
  }

  joined({ author, at, seq }) {
    this.#startDay(at);
    this.#group = null;
    this.rows.push({ kind: "joined", key: `join/${seq}`, at, personId: author.id, name: author.name });
  }

  notice({ kind, person, at }) {
    this.#group = null;
    this.rows.push({ kind, key: `${kind}/${person.id}/${at}`, at, personId: person.id, name: person.name });
  }

  newLine() {
    this.#group = null;
    this.rows.push({ kind: "new", key: "new" });
  }

  #startDay(at) {
    const day = dayOf(at);
    if (day === this.#day) return;
    this.#day = day;
    this.#group = null;
    this.rows.push({ kind: "day", key: `day/${day}/${this.rows.length ? "" : "top"}`, at });
  }
}
