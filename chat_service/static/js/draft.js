/** What a person has begun to write in a room; each on a shared browser has their own. */
export class Draft {
  #storage;
  #key;

  /** @param {Storage} storage @param {string} personId @param {string} room */
  constructor(storage, personId, room) {
    this.#storage = storage;
    this.#key = `parley.draft.${personId}.${room}`;
  }

  get text() {
    return this.#storage.getItem(this.#key) ?? "";
  }

  set text(text) {
    try {
      if (text) this.#storage.setItem(this.#key, text);
      else this.#storage.removeItem(this.#key);
    } catch {
      // A full storage must not stop anyone from writing; the text is still in the field.
    }
  }
}
