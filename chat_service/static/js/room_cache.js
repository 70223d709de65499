const MOST_ROOMS = 200; // what a sidebar shows at a glance; the server tells the rest

/** The rooms as they were last told, so that a page opened without a network has somewhere to read and write. */
export class RoomCache {
  #storage;
  #key;
  #wasKept = false;

  /** @param {Storage} storage @param {string} personId */
  constructor(storage, personId) {
    this.#storage = storage;
    this.#key = `parley.rooms.${personId}`;
  }

  /** @returns {import("./room_state.js").RoomState[]} */
  load() {
    try {
      const kept = this.#storage.getItem(this.#key);
      this.#wasKept ||= kept !== null;
      return JSON.parse(kept ?? "[]");
    } catch {
      return []; // spoilt by whoever: the server tells them in a moment
    }
  }

  /** Not where what was kept is gone: signing out in another tab empties the storage before this one hears of it. @param {import("./room_state.js").RoomState[]} rooms */
  save(rooms) {
    try {
      if (this.#wasKept && this.#storage.getItem(this.#key) === null) return;
      this.#storage.setItem(this.#key, JSON.stringify(rooms.slice(0, MOST_ROOMS)));
      this.#wasKept = true;
    } catch {
      // A full storage: the next page waits for the server.
    }
  }
}
