/** Where somebody was last: where they begin when no address says. */
export class LastRoom {
  #storage;
  #key;

  /** @param {Storage} storage @param {string} personId */
  constructor(storage, personId) {
    this.#storage = storage;
    this.#key = `parley.room.${personId}`;
  }

  /** @returns {string | null} */
  get id() {
    return this.#storage.getItem(this.#key);
  }

  /** @param {string} room */
  remember(room) {
    try {
      this.#storage.setItem(this.#key, room);
    } catch {
      // A full storage: the next visit begins elsewhere.
    }
  }
}
