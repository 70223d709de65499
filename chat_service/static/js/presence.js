/** Who is here, as the server tells it: a snapshot on connecting, then changes. */
export class Presence {
  #here = new Map();

  /** @returns {import("./timeline.js").Person[]} by name */
  get people() {
    return [...this.#here.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  get known() {
    return this.#here.size > 0;
  }

  /**
   * @param {{snapshot?: boolean, online: Person[], offline: Person[]}} frame
   * @returns {{came: Person[], left: Person[]}} real changes; a snapshot tells of a state, so it has none
   * @typedef {import("./timeline.js").Person} Person
   */
  update({ snapshot = false, online, offline }) {
    if (snapshot) {
      this.#here = new Map(online.map((person) => [person.id, person]));
      return { came: [], left: [] };
    }
    const came = online.filter((person) => !this.#here.has(person.id));
    const left = offline.filter((person) => this.#here.has(person.id));
    for (const person of online) this.#here.set(person.id, person);
    for (const person of left) this.#here.delete(person.id);
    return { came, left };
  }
}
