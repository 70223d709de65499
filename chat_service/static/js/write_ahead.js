/**
 * What was written in the moment before the page goes, which the database may not have got: local storage has it at once. Each
 * item stays here until it is in the database.
 */
export class WriteAhead {
  #storage;
  #prefix;

  /** @param {Storage} storage @param {string} personId */
  constructor(storage, personId) {
    this.#storage = storage;
    this.#prefix = `parley.outbox.${personId}.`;
  }

  /** @returns {import("./outbox.js").Pending[]} */
  all() {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? "");
    const texts = keys.filter((key) => key.startsWith(this.#prefix)).map((key) => this.#storage.getItem(key));
    return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text)])); // null: another tab has just taken it away
  }

  /** @param {import("./outbox.js").Pending} item */
  put(item) {
    try {
      this.#storage.setItem(this.#prefix + item.id, JSON.stringify(item));
    } catch {
      // A full storage must not stop a message from going out.
    }
  }

  /** @param {string} id */
  remove(id) {
    this.#storage.removeItem(this.#prefix + id);
  }
}
