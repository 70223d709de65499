/** Counts what others have written since this reader last looked. */
export class Unread {
  #me;
  #seen = null;

  /** @param {string} me */
  constructor(me) {
    this.#me = me;
  }

  /** The last seq seen, or null before the first look. */
  get seen() {
    return this.#seen;
  }

  /** @param {import("./timeline.js").Timeline} timeline */
  look(timeline) {
    if (timeline.anchored) this.#seen = timeline.last;
  }

  /** @param {import("./timeline.js").Timeline} timeline @returns {number} */
  count(timeline) {
    if (this.#seen === null) return 0;
    const since = timeline.between(this.#seen + 1, timeline.last);
    return since.filter((event) => event.type === "message" && event.author.id !== this.#me).length;
  }
}
