import { dayLabelOf, dayOf } from "./format.js";

const GROUP_MS = 5 * 60_000;
const GATHERED = new Set(["join", "leave"]); // comings and goings in a row are one line
const TOLD = new Set([
  "create", "join", "leave", "invite", "remove", "ban", "unban", "mute", "unmute", "role", "rename", "topic", "archive", "unarchive", "slow_mode",
]);

/**
 * What a row shows: of what is still on its way, it has no place in the room yet.
 *
 * @typedef {Omit<import("./timeline.js").RoomEvent, "seq"> & {seq?: number}} Said
 *
 * One row of the page, flat and comparable: a row whose fields are the same needs no work.
 *
 * @typedef {object} Row
 * @property {"message" | "notice" | "day" | "new"} kind the first two have an entry and a time, a day has a label
 * @property {string} key the same for the same thing, whatever happens to it
 * @property {number} [at] milliseconds since the epoch
 * @property {string} [label] of a day, as it is called today
 * @property {Said} [entry] of a message or a notice
 * @property {import("./timeline.js").Person[]} [people] of a notice: who did the same, together
 * @property {boolean} [head] whether author and time are shown, or it goes on from the row above
 * @property {boolean} [mine]
 * @property {boolean} [calls] whether it mentions the reader
 * @property {"stored" | "sending" | "queued" | "failed"} [state]
 * @property {string} [reason]
 * @property {import("./timeline.js").Entry | null} [quote] the message it answers; null if that is gone, undefined until it is known
 * @property {string} [readBy] names of those who have read everything
 */

/**
 * Lays out what a reader sees: groups one author's messages, separates days, puts the line for what is new, and what is
 * still on its way at the end.
 *
 * @param {object} parts
 * @param {import("./timeline.js").Entry[]} parts.entries in order
 * @param {import("./outbox.js").Pending[]} [parts.pending]
 * @param {import("./timeline.js").Person} parts.me
 * @param {number} [parts.now] milliseconds since the epoch
 * @param {boolean} [parts.online] whether what is pending is on its way, or waits for a connection
 * @param {number | null} [parts.newAfter] the last seq the reader had seen before going away
 * @param {(seq: number) => import("./timeline.js").Entry | null | undefined} [parts.quote]
 * @param {string} [parts.readBy]
 * @returns {Row[]}
 */
export function layOut({ entries, pending = [], me, now = Date.now(), online = true, newAfter = null, quote = () => undefined, readBy = "" }) {
  const page = new Page(me, now, quote);
  let marked = newAfter === null;
  const stored = new Set();
  for (const entry of entries) {
    if (!marked && entry.seq > (newAfter ?? 0) && entry.type === "message" && entry.author.id !== me.id) {
      page.newLine(entry.at);
      marked = true;
    }
    if (entry.type === "message") page.message(entry, "stored");
    else if (TOLD.has(entry.type)) page.notice(entry);
    if (entry.author?.id === me.id) stored.add(entry.id);
  }
  for (const item of pending) {
    if (!stored.has(item.id)) page.message({ ...item, type: "message", author: me, person: undefined }, stateOf(item, online), item.reason);
  }
  const last = page.rows.at(-1);
  if (readBy && last?.state === "stored") last.readBy = readBy;
  return page.rows;
}

/** @param {import("./outbox.js").Pending} item @param {boolean} online @returns {Row["state"]} */
function stateOf(item, online) {
  if (item.state === "queued") return online ? "sending" : "queued";
  return item.state === "sent" ? "stored" : item.state;
}

class Page {
  /** @type {Row[]} */
  rows = [];
  #me;
  #now;
  #quote;
  /** @type {string | null} */
  #day = null;
  /** @type {{author: string, at: number} | null} */
  #group = null;

  /** @param {import("./timeline.js").Person} me @param {number} now @param {(seq: number) => import("./timeline.js").Entry | null | undefined} quote */
  constructor(me, now, quote) {
    this.#me = me;
    this.#now = now;
    this.#quote = quote;
  }

  /** @param {Said} entry @param {Row["state"]} state @param {string} [reason] */
  message(entry, state, reason) {
    const { author, at, id } = entry;
    if (entry.erased && !entry.replies) return; // nothing is left to see; in a thread its place stays
    this.#startDay(at);
    const head = !this.#group || this.#group.author !== author.id || at - this.#group.at >= GROUP_MS || entry.reply_to !== undefined;
    if (head) this.#group = { author: author.id, at };
    const quote = entry.reply_to === undefined ? undefined : this.#quote(entry.reply_to);
    const calls = entry.mentions?.includes(this.#me.id) ?? false;
    const mine = author.id === this.#me.id;
    // The outbox changes its items in place, so what a row shows of them stands in the row itself.
    this.rows.push({ kind: "message", key: `message/${author.id}/${id}`, at, entry, head, mine, calls, state, reason, quote, readBy: "" });
  }

  /** @param {import("./timeline.js").Entry} entry */
  notice(entry) {
    this.#startDay(entry.at);
    this.#group = null;
    const above = this.rows.at(-1);
    if (GATHERED.has(entry.type) && above?.kind === "notice" && above.entry?.type === entry.type) {
      above.people = [...(above.people ?? []).filter((person) => person.id !== entry.author.id), entry.author];
      above.key += `,${entry.seq}`;
    } else this.rows.push({ kind: "notice", key: `notice/${entry.seq}`, at: entry.at, entry, people: [entry.author] });
  }

  /** @param {number} at */
  newLine(at) {
    this.#startDay(at);
    this.#group = null;
    this.rows.push({ kind: "new", key: "new" });
  }

  /** @param {number} at */
  #startDay(at) {
    const day = dayOf(at);
    if (day === this.#day) return;
    this.#day = day;
    this.#group = null;
    this.rows.push({ kind: "day", key: `day/${day}/${this.rows.length ? "" : "top"}`, label: dayLabelOf(at, this.#now) });
  }
}

/** @param {Row} one @param {Row} other @returns {boolean} whether they look the same */
export function sameRow(one, other) {
  const fields = /** @type {(keyof Row)[]} */ (Object.keys(other));
  return fields.every((field) => one[field] === other[field] || (field === "people" && samePeople(one.people, other.people ?? [])) || (field === "entry" && isPendingTwin(one, other)));
}

/** @param {import("./timeline.js").Person[] | undefined} one @param {import("./timeline.js").Person[]} other */
const samePeople = (one, other) => one?.length === other.length && one.every((person, index) => person.id === other[index].id && person.name === other[index].name);

/** What is on its way is laid out anew each time; its text never changes. @param {Row} one @param {Row} other */
const isPendingTwin = (one, other) => one.entry?.seq === undefined && other.entry?.seq === undefined && one.state === other.state;
