/** What a person has begun to write in each room; each on a shared browser has their own. */
export class Drafts {
  #storage;
  #prefix;

  /** @param {Storage} storage @param {string} personId */
  constructor(storage, personId) {
    this.#storage = storage;
    this.#prefix = `parley.draft.${personId}.`;
  }

  /** @param {string} room @returns {string} */
  get(room) {
    return this.#storage.getItem(this.#prefix + room) ?? "";
  }

  /** @param {string} room @param {string} text */
  set(room, text) {
    try {
      if (text) this.#storage.setItem(this.#prefix + room, text);
      else this.#storage.removeItem(this.#prefix + room);
    } catch {
      // A full storage must not stop anyone from writing; the text is still in the field.
    }
  }

  /** @param {string | null} key of the storage @returns {string | null} the room whose draft it is */
  roomOf(key) {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null;
  }
}
