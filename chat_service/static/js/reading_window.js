const MAX_ENTRIES = 300;
const FIRST_ENTRIES = 80;
const STEP_ENTRIES = 50;

/**
 * Which part of a timeline is on the page. A room may have a hundred thousand messages; the page carries a few hundred, and
 * the window slides as one scrolls. Its edges are seqs, since places in the timeline move as older pages come in front.
 */
export class ReadingWindow {
  #from = 0;
  #to = 0;
  #following = true;

  /** Whether the newest entry is in the window and new ones join it. */
  get following() {
    return this.#following;
  }

  get from() {
    return this.#from;
  }

  get to() {
    return this.#to;
  }

  /** @param {import("./timeline.js").Timeline} timeline @returns {import("./timeline.js").Entry[]} */
  entries(timeline) {
    return timeline.slice(...this.#indexes(timeline));
  }

  /** Whether taking in at one edge means letting go at the other. @param {import("./timeline.js").Timeline} timeline */
  isFull(timeline) {
    const [from, to] = this.#indexes(timeline);
    return to - from + 1 >= MAX_ENTRIES;
  }

  /** Whether the timeline has nothing older. @param {import("./timeline.js").Timeline} timeline */
  atTop(timeline) {
    return this.#indexes(timeline)[0] === 0;
  }

  /** Begins at the newest entries. @param {import("./timeline.js").Timeline} timeline */
  toEnd(timeline) {
    this.#span(timeline, timeline.length - FIRST_ENTRIES, timeline.length - 1);
  }

  /** Begins around a message. @param {import("./timeline.js").Timeline} timeline @param {number} seq */
  around(timeline, seq) {
    const index = timeline.indexOf(seq);
    this.#span(timeline, index - FIRST_ENTRIES / 2, index + FIRST_ENTRIES / 2);
  }

  /**
   * The timeline has grown. A reader at the end takes the new ones in and lets the oldest go; a reader further up keeps
   * what is in view, and past the limit the new ones wait below.
   *
   * @param {import("./timeline.js").Timeline} timeline
   * @param {boolean} atEnd
   */
  grow(timeline, atEnd) {
    const [from, to] = this.#indexes(timeline);
    const isLost = from > to || (timeline.length > 0 && (this.#to > timeline.to || this.#to < (timeline.at(0)?.seq ?? 0)));
    if (isLost) this.toEnd(timeline);
    else if (this.#following && atEnd) this.#span(timeline, Math.max(from, timeline.length - MAX_ENTRIES), timeline.length - 1);
    else if (this.#following) this.#span(timeline, from, Math.min(timeline.length - 1, from + MAX_ENTRIES - 1));
    else this.#span(timeline, from, to);
  }

  /**
   * @param {import("./timeline.js").Timeline} timeline
   * @param {boolean} [keepsEnd] whether the other edge is in view as well, so that nothing may go there
   * @returns {boolean} whether something older was at hand, and room for it
   */
  up(timeline, keepsEnd = false) {
    const [from, to] = this.#indexes(timeline);
    const start = Math.max(0, from - STEP_ENTRIES, keepsEnd ? to - MAX_ENTRIES + 1 : 0);
    if (start >= from) return false;
    this.#span(timeline, start, Math.min(to, start + MAX_ENTRIES - 1));
    return true;
  }

  /** @param {import("./timeline.js").Timeline} timeline @returns {boolean} whether there was something newer at hand */
  down(timeline) {
    const [from, to] = this.#indexes(timeline);
    if (to >= timeline.length - 1) return false;
    const end = Math.min(timeline.length - 1, to + STEP_ENTRIES);
    this.#span(timeline, Math.max(from, end - MAX_ENTRIES + 1), end);
    return true;
  }

  /** @param {import("./timeline.js").Timeline} timeline @param {number} from @param {number} to */
  #span(timeline, from, to) {
    const last = Math.min(to, timeline.length - 1);
    this.#from = timeline.at(Math.max(0, from))?.seq ?? 0;
    this.#to = last < 0 ? 0 : (timeline.at(last)?.seq ?? 0);
    this.#following = last === timeline.length - 1 && !timeline.newer;
  }

  /** @returns {[number, number]} inclusive @param {import("./timeline.js").Timeline} timeline */
  #indexes(timeline) {
    const after = timeline.indexOf(this.#to + 1);
    return [timeline.indexOf(this.#from), after - 1];
  }
}
