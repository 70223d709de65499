const MAX_EVENTS = 300;
const FIRST_EVENTS = 100;
const STEP_EVENTS = 50;

/**
 * Which part of a timeline is on the page. A room may have a hundred thousand messages loaded; the page carries a few
 * hundred, and the window slides as one scrolls.
 */
export class ReadingWindow {
  #from = 1;
  #to = 0;
  #following = true;

  /** Whether the newest event is in the window and new ones join it. */
  get following() {
    return this.#following;
  }

  /** Whether taking in at one edge means letting go at the other. */
  get full() {
    return this.#to - this.#from + 1 >= MAX_EVENTS;
  }

  get from() {
    return this.#from;
  }

  get to() {
    return this.#to;
  }

  /** Begins at the newest events. @param {import("./timeline.js").Timeline} timeline */
  toEnd(timeline) {
    this.#following = true;
    this.#to = timeline.last;
    this.#from = Math.max(timeline.first, this.#to - FIRST_EVENTS + 1);
  }

  /**
   * The timeline has grown. A reader at the end takes the new ones in and lets the oldest go; a reader further up keeps
   * what is in view, and past the limit the new ones wait below.
   *
   * @param {import("./timeline.js").Timeline} timeline
   * @param {boolean} atEnd
   */
  grow(timeline, atEnd) {
    const begunAnew = this.#from < timeline.first || this.#to < timeline.first || this.#to > timeline.last;
    if (begunAnew) this.toEnd(timeline);
    else if (this.#following) {
      this.#to = timeline.last;
      if (atEnd) this.#from = Math.max(this.#from, this.#to - MAX_EVENTS + 1);
      else this.#to = Math.min(this.#to, this.#from + MAX_EVENTS - 1);
      this.#following = this.#to === timeline.last;
    }
  }

  /** @param {import("./timeline.js").Timeline} timeline @returns {boolean} whether there was something older at hand */
  up(timeline) {
    if (this.#from <= timeline.first) return false;
    this.#from = Math.max(timeline.first, this.#from - STEP_EVENTS);
    const furthest = this.#from + MAX_EVENTS - 1;
    if (this.#to > furthest) {
      this.#to = furthest;
      this.#following = false;
    }
    return true;
  }

  /** @param {import("./timeline.js").Timeline} timeline @returns {boolean} whether there was something newer */
  down(timeline) {
    if (this.#following) return false; // what is new will come by itself
    this.#to = Math.min(timeline.last, this.#to + STEP_EVENTS);
    this.#from = Math.max(this.#from, this.#to - MAX_EVENTS + 1);
    this.#following = this.#to === timeline.last;
    return true;
  }
}
