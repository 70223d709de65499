import { asSent, changes, fold, forgotten } from "./folding.js";

const MAX_ENTRIES = 1_000; // what a room keeps in memory; what lies beyond is asked for again

/**
 * @typedef {{id: string, name: string}} Person
 * @typedef {{emoji: string, people: string[]}} Reaction
 * @typedef {object} Entry what a reader may see: a message as it is now, or a change of the room
 * @property {string} type "message", "join" ...; perhaps one that this version does not know
 * @property {number} seq its place in the room
 * @property {number} at milliseconds since the epoch
 * @property {Person} author
 * @property {string} id the author's own id for it
 * @property {string} [text]
 * @property {string} [html] made by the server, where the text has markup
 * @property {string[]} [mentions] ids of people
 * @property {number} [reply_to] seq of the message it answers
 * @property {number} [thread] seq of the thread's first message
 * @property {boolean} [erased]
 * @property {boolean} [deleted] the author's account is gone
 * @property {number} [edited_at]
 * @property {Reaction[]} [reactions]
 * @property {boolean} [pinned]
 * @property {number} [replies]
 * @property {Person} [person] whom it was done to
 *
 * @typedef {object} Change what else an event may hold, by its type
 * @property {number} [target] seq of the message that it changes
 * @property {string} [emoji]
 * @property {string} [name] @property {string} [topic] @property {string} [kind]
 * @property {number} [seconds] of slow mode
 * @property {"owner" | "moderator" | "member"} [role]
 * @property {number} [until] milliseconds since the epoch
 * @property {Person[]} [people]
 *
 * @typedef {Entry & Change} RoomEvent what happens in a room, as the server tells it
 *
 * @typedef {{events: Entry[], as_of: number, more?: boolean, more_after?: boolean}} Page
 */

/**
 * The part of a room that this client has: one stretch without holes, somewhere in the room or at its end. Pages lengthen it,
 * live events change it; each entry knows up to where it has seen what happened, so that nothing counts twice.
 */
export class Timeline {
  /** @type {Entry[]} */
  #entries = [];
  /** @type {Map<number, number>} */
  #asOf = new Map();
  #to = 0;
  #opened = false;
  #more = false;
  #newer = false;

  /** Whether a first page has come, so that there is something to show, be it an empty room. */
  get opened() {
    return this.#opened;
  }

  get length() {
    return this.#entries.length;
  }

  /** Whether the server has older entries. */
  get more() {
    return this.#more;
  }

  /** Whether the server has newer entries: the stretch lies further up in the room. */
  get newer() {
    return this.#newer;
  }

  /** The last seq of the stretch. */
  get to() {
    return this.#to;
  }

  /** @param {number} index */
  at(index) {
    return this.#entries.at(index);
  }

  /** @param {number} seq @returns {number} the first index whose entry is not before `seq` */
  indexOf(seq) {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {number} seq @returns {Entry | undefined} */
  find(seq) {
    const entry = this.#entries[this.indexOf(seq)];
    return entry?.seq === seq ? entry : undefined;
  }

  /** @param {number} from @param {number} to indexes, inclusive @returns {Entry[]} */
  slice(from, to) {
    return this.#entries.slice(from, to + 1);
  }

  /** @param {(entry: Entry) => boolean} matches @returns {Entry | undefined} the newest that does */
  findLast(matches) {
    return this.#entries.findLast(matches);
  }

  /** @param {string} authorId @param {string} id @returns {boolean} */
  has(authorId, id) {
    return this.#entries.some((entry) => entry.id === id && entry.author.id === authorId);
  }

  /** Begins with this page; what was there before goes. @param {Page} page */
  open(page) {
    this.#entries = page.events.slice();
    this.#asOf.clear();
    for (const entry of page.events) this.#asOf.set(entry.seq, page.as_of);
    this.#more = page.more ?? false;
    this.#newer = page.more_after ?? false;
    this.#to = this.#newer ? lastOf(page) : page.as_of;
    this.#opened = true;
  }

  /** Nothing of it is true any more; what is shown stays until a new page comes. */
  outdate() {
    this.#opened = false;
  }

  /** @param {Page} page what lies just before */
  addOlder(page) {
    const first = this.#entries[0]?.seq ?? Infinity;
    this.#entries.unshift(...page.events.filter((entry) => this.#keep(entry, page, entry.seq < first)));
    this.#more = page.more ?? false;
    for (const gone of this.#entries.splice(MAX_ENTRIES)) this.#asOf.delete(gone.seq);
    const last = this.#entries.at(-1);
    if (last && last.seq < this.#to && this.#entries.length === MAX_ENTRIES) {
      this.#newer = true;
      this.#to = last.seq;
    }
  }

  /** @param {Page} page what lies just after */
  addNewer(page) {
    this.#entries.push(...page.events.filter((entry) => this.#keep(entry, page, entry.seq > this.#to)));
    this.#newer = page.more_after ?? false;
    this.#to = this.#newer ? lastOf(page) : Math.max(this.#to, page.as_of);
    this.trim();
  }

  /** Lets go of the oldest, where a reader is at the newest. */
  trim() {
    const gone = this.#entries.splice(0, Math.max(0, this.#entries.length - MAX_ENTRIES));
    for (const entry of gone) this.#asOf.delete(entry.seq);
    if (gone.length) this.#more = true;
  }

  /** A live event, each once and in order. @param {RoomEvent} event */
  apply(event) {
    if (!this.#opened) return;
    const target = changes(event);
    if (target !== undefined) this.#change(target, event);
    if (this.#newer || event.seq <= this.#to) return;
    this.#to = event.seq;
    if (target !== undefined && event.type !== "message") return;
    this.#entries.push(event.type === "message" ? asSent(event) : event);
    this.#asOf.set(event.seq, event.seq);
  }

  /** Somebody deleted their account. @param {import("./folding.js").Gone} gone */
  forget(gone) {
    this.#entries = this.#entries.map((entry) => forgotten(entry, gone));
  }

  /** @param {number} target @param {RoomEvent} event */
  #change(target, event) {
    const index = this.indexOf(target);
    const entry = this.#entries[index];
    if (entry?.seq !== target || event.seq <= (this.#asOf.get(target) ?? 0)) return;
    this.#entries[index] = fold(entry, event);
    this.#asOf.set(target, event.seq);
  }

  /** @param {Entry} entry @param {Page} page @param {boolean} fits */
  #keep(entry, page, fits) {
    if (fits) this.#asOf.set(entry.seq, page.as_of);
    return fits;
  }
}

/** @param {Page} page @returns {number} */
const lastOf = (page) => page.events.at(-1)?.seq ?? page.as_of;
