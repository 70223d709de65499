const GRACE_MS = 3_000; // a reload or a change of replica is no leaving
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
  #surroundings;
  #onChange;
  #notices = new Map();
  #leaving = new Map();

  /** @param {string} me @param {import("./surroundings.js").Surroundings} surroundings @param {() => void} onChange */
  constructor(me, surroundings, onChange) {
    this.#me = me;
    this.#surroundings = surroundings;
    this.#onChange = onChange;
  }

  /** @returns {Notice[]} in order */
  get list() {
    const oldest = this.#surroundings.now() - LASTS_MS;
    return [...this.#notices.values()].filter((notice) => notice.at > oldest);
  }

  /** @param {import("./timeline.js").Person} person @param {number} after */
  came(person, after) {
    const wasLeaving = this.#leaving.has(person.id);
    this.#forget(person.id);
    if (!wasLeaving) this.#tell("came", person, after);
  }

  /** @param {import("./timeline.js").Person} person @param {() => number} after asked when it is told, since that is later */
  left(person, after) {
    this.#forget(person.id);
    const timer = this.#surroundings.setTimeout(() => {
      this.#leaving.delete(person.id);
      this.#tell("left", person, after());
    }, GRACE_MS);
    this.#leaving.set(person.id, timer);
  }

  #forget(personId) {
    this.#surroundings.clearTimeout(this.#leaving.get(personId));
    this.#leaving.delete(personId);
  }

  #tell(kind, person, after) {
    if (person.id === this.#me) return;
    this.#notices.delete(person.id); // and in again at the end
    this.#notices.set(person.id, { kind, person, at: this.#surroundings.now(), after });
    this.#onChange();
  }
}
