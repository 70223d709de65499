const PAUSE_MS = 2_000; // where the server names none
const PASSING = new Set(["unavailable", "rate_limited", "timeout"]);
const INTERNAL_TRIES = 3; // a message that the server stumbles over each time must not hold up the others for ever

/**
 * @typedef {object} Pending
 * @property {string} id the client's own id, the same on every try: the server stores it once however often it comes
 * @property {string} room
 * @property {string} text
 * @property {number} at when it was written, milliseconds since the epoch
 * @property {"queued" | "sent" | "failed"} state sent: stored by the server, but not yet seen in the timeline
 * @property {string} [reason] why it failed, for people
 * @property {number} [seq] once sent
 */

/**
 * Messages on their way. In order per room, so one at a time: the next leaves when the one before is stored. Each is kept in
 * storage under a key of its own, written before the first try, so that neither a crash nor a second tab loses one.
 */
export class Outbox {
  #storage;
  #prefix;
  #request;
  #surroundings;
  #onChange;
  #items = [];
  #busy = new Set();
  #open = false;

  /**
   * @param {object} parts
   * @param {Storage} parts.storage
   * @param {string} parts.personId
   * @param {(frame: object) => Promise<any>} parts.request
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange
   */
  constructor({ storage, personId, request, surroundings, onChange }) {
    this.#storage = storage;
    this.#prefix = `parley.outbox.${personId}.`;
    this.#request = request;
    this.#surroundings = surroundings;
    this.#onChange = onChange;
    this.#items = this.#stored();
  }

  /** @param {string} room @returns {Pending[]} in the order of writing */
  pending(room) {
    return this.#items.filter((item) => item.room === room);
  }

  /** @param {string} id @param {string} room @param {string} text */
  add(id, room, text) {
    const item = { id, room, text, at: this.#surroundings.now(), state: "queued" };
    this.#items.push(item);
    this.#store(item);
    this.#onChange();
    this.#pump(room);
  }

  /** The server is reachable. */
  connected() {
    this.#open = true;
    for (const room of new Set(this.#items.map((item) => item.room))) this.#pump(room);
  }

  disconnected() {
    this.#open = false;
  }

  /** Tries a failed one again, as the newest: what was said since went out without it. @param {string} id */
  retry(id) {
    const item = this.#find(id);
    if (item?.state !== "failed") return;
    this.#items = this.#items.filter((other) => other !== item).concat(item);
    Object.assign(item, { state: "queued", reason: undefined, tries: 0, at: this.#surroundings.now() });
    this.#store(item);
    this.#onChange();
    this.#pump(item.room);
  }

  /** Deleted here, seen in the timeline, or settled by another tab. @param {string} id */
  remove(id) {
    if (!this.#find(id)) return;
    this.#items = this.#items.filter((item) => item.id !== id);
    this.#storage.removeItem(this.#prefix + id);
    this.#onChange();
  }

  /** Lets go of what the timeline shows by now. @param {string} room @param {import("./timeline.js").Timeline} timeline @param {string} me */
  settle(room, timeline, me) {
    for (const item of this.pending(room)) {
      if (timeline.has(me, item.id) || item.seq <= timeline.last) this.remove(item.id);
    }
  }

  /** Another tab changed the storage. @param {string | null} key @param {string | null} value */
  storageChanged(key, value) {
    if (key?.startsWith(this.#prefix) && value === null) this.remove(key.slice(this.#prefix.length));
  }

  async #pump(room) {
    const item = this.#items.find((other) => other.room === room && other.state === "queued");
    if (!item || !this.#open || this.#busy.has(room)) return;
    this.#busy.add(room);
    const pauseMs = await this.#send(item);
    if (pauseMs) await this.#pause(pauseMs);
    this.#busy.delete(room);
    this.#pump(room);
  }

  /** @returns {Promise<number>} milliseconds to wait before the next try */
  async #send(item) {
    try {
      const { seq, at } = await this.#request({ op: "send", id: item.id, room: item.room, text: item.text });
      Object.assign(item, { state: "sent", seq, at });
      this.#storage.removeItem(this.#prefix + item.id);
    } catch (problem) {
      if (problem.code === "disconnected") return 0; // connected() goes on
      if (this.#mayPass(item, problem)) return (problem.retryAfterMs ?? PAUSE_MS) * (1 + 0.25 * this.#surroundings.random());
      Object.assign(item, { state: "failed", reason: problem.message });
      this.#store(item);
    }
    this.#onChange();
    return 0;
  }

  #mayPass(item, problem) {
    if (problem.code !== "internal") return PASSING.has(problem.code);
    item.tries = (item.tries ?? 0) + 1;
    return item.tries < INTERNAL_TRIES;
  }

  #pause(milliseconds) {
    return new Promise((resolve) => this.#surroundings.setTimeout(resolve, milliseconds));
  }

  #find(id) {
    return this.#items.find((item) => item.id === id);
  }

  #store(item) {
    if (!this.#find(item.id)) return; // deleted while it was under way
    try {
      this.#storage.setItem(this.#prefix + item.id, JSON.stringify(item));
    } catch {
      // A full storage costs the message its safety against a reload, not its sending.
    }
  }

  #stored() {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    return keys
      .filter((key) => key.startsWith(this.#prefix))
      .flatMap((key) => parsed(this.#storage.getItem(key)))
      .sort((one, other) => one.at - other.at);
  }
}

/** What cannot be read any more is left out: one spoilt entry must not keep anyone from the chat. */
function parsed(json) {
  try {
    return [JSON.parse(json)];
  } catch {
    return [];
  }
}
