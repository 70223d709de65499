const GRACE_MS = 3_000; // who reloads the page or changes the replica has not left

/** Who is here, as the server tells it: a snapshot on connecting, then changes. */
export class Presence {
  #surroundings;
  #onCame;
  #onLeft;
  #here = new Map();
  #leaving = new Map();

  /**
   * @param {import("./surroundings.js").Surroundings} surroundings
   * @param {{onCame: (person: Person) => void, onLeft: (person: Person) => void}} changes real ones: a snapshot has none
   * @typedef {import("./timeline.js").Person} Person
   */
  constructor(surroundings, { onCame, onLeft }) {
    this.#surroundings = surroundings;
    this.#onCame = onCame;
    this.#onLeft = onLeft;
  }

  /** @returns {Person[]} by name */
  get people() {
    return [...this.#here.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  /** @param {{snapshot?: boolean, online: Person[], offline: Person[]}} frame */
  update({ snapshot = false, online, offline }) {
    if (snapshot) this.#begin(online);
    else {
      for (const person of online) this.#comes(person);
      for (const person of offline) this.#leaves(person);
    }
  }

  #begin(online) {
    for (const id of this.#leaving.keys()) this.#stays(id);
    this.#here = new Map(online.map((person) => [person.id, person]));
  }

  #comes(person) {
    const isNew = !this.#here.has(person.id);
    this.#stays(person.id);
    this.#here.set(person.id, person);
    if (isNew) this.#onCame(person);
  }

  #leaves({ id }) {
    const person = this.#here.get(id);
    if (!person || this.#leaving.has(id)) return;
    const timer = this.#surroundings.setTimeout(() => {
      this.#leaving.delete(id);
      this.#here.delete(id);
      this.#onLeft(person);
    }, GRACE_MS);
    this.#leaving.set(id, timer);
  }

  #stays(id) {
    this.#surroundings.clearTimeout(this.#leaving.get(id));
    this.#leaving.delete(id);
  }
}
