const MOST_ROOMS = 200; // what a sidebar shows at a glance; the server tells the rest

/** The rooms as they were last told, so that a page opened without a network has somewhere to read and write. */
export class RoomCache {
  #storage;
  #key;

  /** @param {Storage} storage @param {string} personId */
  constructor(storage, personId) {
    this.#storage = storage;
    this.#key = `parley.rooms.${personId}`;
  }

  /** @returns {import("./room_state.js").RoomState[]} */
  load() {
    try {
      return JSON.parse(this.#storage.getItem(this.#key) ?? "[]");
    } catch {
      return []; // spoilt by whoever: the server tells them in a moment
    }
  }

  /** @param {import("./room_state.js").RoomState[]} rooms */
  save(rooms) {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(rooms.slice(0, MOST_ROOMS)));
    } catch {
      // A full storage: the next page waits for the server.
    }
  }
}
