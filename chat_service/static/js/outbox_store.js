const DATABASE = "parley";
const VERSION = 1;
const ITEMS = "outbox";

/**
 * Where messages on their way survive a reload.
 *
 * @typedef {object} OutboxStore
 * @property {() => Promise<import("./outbox.js").Pending[]>} all
 * @property {(id: string) => Promise<import("./outbox.js").Pending | undefined>} get
 * @property {(item: import("./outbox.js").Pending) => Promise<unknown>} put
 * @property {(id: string) => Promise<unknown>} remove
 */

/** @param {IDBFactory} factory @returns {Promise<OutboxStore>} in memory where the browser's database is shut (private windows, policies) */
export async function openOutboxStore(factory) {
  try {
    return new IndexedOutboxStore(await opened(factory.open(DATABASE, VERSION)));
  } catch {
    return new MemoryOutboxStore();
  }
}

class IndexedOutboxStore {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
    database.onversionchange = () => database.close(); // a newer version of this page wants to change it
  }

  all() {
    return this.#run("readonly", (items) => items.getAll());
  }

  /** @param {string} id */
  get(id) {
    return this.#run("readonly", (items) => items.get(id));
  }

  /** @param {import("./outbox.js").Pending} item */
  put(item) {
    return this.#run("readwrite", (items) => items.put(item));
  }

  /** @param {string} id */
  remove(id) {
    return this.#run("readwrite", (items) => items.delete(id));
  }

  /** @param {IDBTransactionMode} mode @param {(items: IDBObjectStore) => IDBRequest} ask */
  async #run(mode, ask) {
    const transaction = this.#database.transaction(ITEMS, mode); // a database that the browser closed throws
    const asked = ask(transaction.objectStore(ITEMS));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve; // a request that succeeded is taken back where the page goes before that
      transaction.onabort = () => reject(transaction.error);
    });
    return asked.result;
  }
}

/** The same for as long as the page lives; the tests' too. */
export class MemoryOutboxStore {
  /** @type {Map<string, import("./outbox.js").Pending>} */
  #items = new Map();

  async all() {
    return structuredClone([...this.#items.values()]);
  }

  /** @param {string} id */
  async get(id) {
    return structuredClone(this.#items.get(id));
  }

  /** @param {import("./outbox.js").Pending} item */
  async put(item) {
    this.#items.set(item.id, structuredClone(item));
  }

  /** @param {string} id */
  async remove(id) {
    this.#items.delete(id);
  }
}

/** @param {IDBOpenDBRequest} request */
function opened(request) {
  request.onupgradeneeded = () => request.result.createObjectStore(ITEMS, { keyPath: "id" });
  return done(request);
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
