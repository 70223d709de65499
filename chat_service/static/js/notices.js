const LASTS_MS = 10 * 60_000;

/**
 * @typedef {object} Notice
 * @property {"came" | "left"} kind
 * @property {import("./timeline.js").Person} person
 * @property {number} at milliseconds since the epoch
 * @property {number} after the room's last seq at that moment: where it belongs among the messages
 */

/** Comings and goings, told quietly: nothing of oneself, one line a person, gone after a while. */
export class Notices {
  #me;
  #now;
  #notices = new Map();

  /** @param {string} me @param {() => number} now */
  constructor(me, now) {
    this.#me = me;
    this.#now = now;
  }

  /** @returns {Notice[]} in order */
  get list() {
    const oldest = this.#now() - LASTS_MS;
    return [...this.#notices.values()].filter((notice) => notice.at > oldest);
  }

  /** @param {"came" | "left"} kind @param {import("./timeline.js").Person} person @param {number} after */
  tell(kind, person, after) {
    if (person.id === this.#me) return;
    this.#notices.delete(person.id); // and in again at the end
    this.#notices.set(person.id, { kind, person, at: this.#now(), after });
  }
}
