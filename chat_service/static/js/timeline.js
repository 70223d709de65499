import { asSent, changes, fold } from "./folding.js";

/**
 * @typedef {{id: string, name: string}} Person
 * @typedef {object} Event
 * @property {string} type "message", "join", or one this version does not know
 * @property {number} seq its place in the room, from 1, without holes
 * @property {number} at milliseconds since the epoch
 * @property {Person} author
 * @property {string} id the author's own id for it
 * @property {string} [text]
 */

/**
 * One room's events as far as this client has them: always an unbroken run of seqs, in order, each once. Whatever arrives
 * ahead of its turn is held back until the rest is there, so nobody who reads a timeline ever sees a gap.
 */
export class Timeline {
  #events = [];
  #first = 1;
  #anchored = false;
  #more = false;
  #held = new Map();
  #keys = new Set();

  /** Whether a first page has come, so that there is something to show, be it an empty room. */
  get anchored() {
    return this.#anchored;
  }

  get first() {
    return this.#first;
  }

  /** The last seq held without a gap; 0 in a room where nothing has happened. */
  get last() {
    return this.#first + this.#events.length - 1;
  }

  /** Whether the server has older events. */
  get more() {
    return this.#more;
  }

  /** Where something is missing: the seq before which to ask, or null. */
  get gapBefore() {
    return this.#anchored && this.#held.size ? Math.min(...this.#held.keys()) : null;
  }

  /**
   * Begins with the newest page. What was shown before goes, what arrived in the meantime joins on.
   *
   * @param {Event[]} page ascending
   * @param {boolean} more
   */
  open(page, more) {
    this.#events = [];
    this.#keys.clear();
    this.#first = page.length ? page[0].seq : 1;
    this.#anchored = true;
    this.#more = more;
    for (const event of page) this.#push(event);
    this.#absorb();
  }

  /** What is shown is outdated, and stays until a new first page comes: no flash of an empty room. */
  close() {
    this.#anchored = false;
    this.#held.clear();
  }

  /** @param {Event[]} events live ones, or a page from anywhere; known ones are ignored */
  add(events) {
    for (const event of events) {
      if (!this.#anchored || event.seq < this.#first || event.seq > this.last) this.#held.set(event.seq, event);
    }
    if (this.#anchored) this.#absorb();
  }

  /**
   * @param {Event[]} page ascending, ending just before `first`
   * @param {boolean} more
   */
  addOlder(page, more) {
    const before = this.#first;
    this.add(page);
    if (this.#first < before || page.length === 0) this.#more = more;
  }

  /** @param {number} from @param {number} to inclusive @returns {Event[]} */
  between(from, to) {
    return this.#events.slice(Math.max(0, from - this.#first), Math.max(0, to - this.#first + 1));
  }

  /** @param {string} authorId @param {string} id */
  has(authorId, id) {
    return this.#keys.has(`${authorId}/${id}`);
  }

  #absorb() {
    for (const seq of this.#held.keys()) if (seq >= this.#first && seq <= this.last) this.#held.delete(seq);
    for (let next; (next = this.#take(this.last + 1)); ) this.#push(next);
    const older = [];
    for (let next; (next = this.#take(this.#first - 1 - older.length)); ) older.push(next);
    if (older.length) this.#prepend(older.reverse());
  }

  #take(seq) {
    const event = this.#held.get(seq);
    this.#held.delete(seq);
    return event;
  }

  #push(event) {
    this.#events.push(event.type === "message" ? asSent(event) : event);
    const place = changes(event) - this.#first;
    if (this.#events[place]?.type === "message") this.#events[place] = fold(this.#events[place], event);
    this.#keys.add(`${event.author?.id}/${event.id}`);
  }

  #prepend(events) {
    this.#first -= events.length;
    this.#events = events.concat(this.#events);
    for (const event of events) this.#keys.add(`${event.author?.id}/${event.id}`);
  }
}
