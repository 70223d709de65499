/** Who is here, as the server tells it of the rooms that are watched: a snapshot each, then changes. */
export class Presence {
  #online = new Map();

  /** Of what is not watched, nothing more is told: what was known of it goes. @param {string[]} rooms */
  watching(rooms) {
    for (const room of this.#online.keys()) if (!rooms.includes(room)) this.#online.delete(room);
  }

  /** @param {{room: string, online?: string[], offline?: string[], snapshot?: boolean}} frame */
  told({ room, online = [], offline = [], snapshot = false }) {
    const here = snapshot ? new Set() : new Set(this.#online.get(room));
    for (const id of online) here.add(id);
    for (const id of offline) here.delete(id);
    this.#online.set(room, here);
  }

  /** @param {string} room @returns {Set<string>} ids */
  in(room) {
    return this.#online.get(room) ?? new Set();
  }

  /** @param {string} person @returns {boolean} in whatever room it was told */
  isHere(person) {
    return [...this.#online.values()].some((here) => here.has(person));
  }
}
