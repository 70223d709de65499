/**
 * The browser's local storage, or where that is shut (private windows, policies) a memory that lasts as long as the page.
 *
 * @returns {Storage}
 */
export function openStorage() {
  try {
    window.localStorage.getItem("parley");
    return window.localStorage;
  } catch {
    return new MemoryStorage();
  }
}

/** What this project uses of the Storage interface; the tests' too. */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #items = new Map();

  get length() {
    return this.#items.size;
  }

  clear() {
    this.#items.clear();
  }

  /** @param {number} index */
  key(index) {
    return [...this.#items.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.#items.set(key, String(value));
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }
}
