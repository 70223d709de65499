/** Names of people, as they were last heard. */
export class People {
  #names = new Map();

  /** @param {import("./timeline.js").Person | undefined} person */
  learn(person) {
    if (person?.name) this.#names.set(person.id, person.name);
  }

  /** @param {import("./timeline.js").RoomEvent} event */
  learnFrom(event) {
    this.learn(event.author);
    this.learn(event.person);
    for (const person of event.people ?? []) this.learn(person);
  }

  /** @param {string} id @returns {string} */
  nameOf(id) {
    return this.#names.get(id) ?? "somebody";
  }

  /** @param {string} id @returns {boolean} */
  knows(id) {
    return this.#names.has(id);
  }

  /** @returns {import("./timeline.js").Person[]} */
  get all() {
    return [...this.#names].map(([id, name]) => ({ id, name }));
  }
}
