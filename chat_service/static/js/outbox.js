import { failed } from "./requests.js";

const PAUSE_MS = 2_000; // where the server names none
const PASSING = new Set(["unavailable", "rate_limited", "slow_mode", "timeout"]);
const INTERNAL_TRIES = 3; // a message that the server stumbles over each time must not hold up the others for ever

/**
 * @typedef {object} Pending
 * @property {string} id the client's own id, the same on every try: the server stores it once however often it comes
 * @property {string} person
 * @property {string} room
 * @property {string} text
 * @property {number} [reply_to]
 * @property {number} at when it was written, milliseconds since the epoch
 * @property {number} order
 * @property {"queued" | "sent" | "failed"} state sent: stored by the server, but not yet seen in the timeline
 * @property {string} [reason] why it failed, for people
 * @property {number} [seq] once sent
 * @property {number} [tries] that the server stumbled over
 */

/**
 * Messages on their way, shared by all tabs of a person. In order per room, so one at a time: whichever tab holds the room's
 * lock sends the oldest one. Each is stored before the first try, so neither a crash nor a closed tab loses one.
 */
export class Outbox {
  #parts;
  #surroundings;
  /** @type {import("./outbox_store.js").OutboxStore | null} */
  #store = null;
  /** @type {Map<string, Pending>} */
  #items = new Map();
  /** @type {Set<string>} rooms */
  #busy = new Set();
  #open = false;
  #order = 0;
  /** @type {Set<string>} ids */
  #unkept = new Set();

  /**
   * @param {object} parts
   * @param {Promise<import("./outbox_store.js").OutboxStore>} parts.store
   * @param {import("./write_ahead.js").WriteAhead} parts.ahead
   * @param {string} parts.personId
   * @param {(frame: import("./socket.js").Frame) => Promise<any>} parts.request
   * @param {(room: string, run: () => Promise<void>) => Promise<void>} parts.inTurn among all tabs, one at a time a room
   * @param {(change: object) => void} parts.tell the other tabs
   * @param {(room: string) => number} parts.seenTo the last seq of a room that is known here
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange
   */
  constructor(parts) {
    this.#parts = parts;
    this.#surroundings = parts.surroundings;
    this.ready = this.#start();
  }

  /** @param {string} room @returns {Pending[]} in the order of writing */
  pending(room) {
    return [...this.#items.values()].filter((item) => item.room === room).sort((one, other) => one.order - other.order);
  }

  /** @param {string} id @returns {Pending | undefined} */
  find(id) {
    return this.#items.get(id);
  }

  /** @param {string} room @returns {boolean} */
  hasFailed(room) {
    return [...this.#items.values()].some((item) => item.room === room && item.state === "failed");
  }

  /** How many the server does not have yet. */
  get unsent() {
    return [...this.#items.values()].filter((item) => item.state !== "sent").length;
  }

  /** @param {{id: string, room: string, text: string, reply_to?: number}} message with a fresh UUID */
  add(message) {
    this.#queue({ ...message, person: this.#parts.personId, at: this.#surroundings.now(), order: 0, state: "queued" });
  }

  /** Tries a failed one again, as the newest: what was said since went out without it. @param {string} id */
  retry(id) {
    const item = this.#items.get(id);
    if (item?.state === "failed") this.#queue({ ...item, state: "queued", reason: undefined, tries: 0, at: this.#surroundings.now() });
  }

  /** Deleted here, or seen in the timeline. @param {string} id */
  remove(id) {
    if (!this.#items.delete(id)) return;
    this.#parts.ahead.remove(id);
    this.#store?.remove(id).catch(() => {}); // sent once more after a reload, the server would know it
    this.#parts.tell({ removed: id });
    this.#parts.onChange();
  }

  /** The server is reachable. */
  connected() {
    this.#open = true;
    for (const room of this.#rooms) this.settle(room);
    this.#pumpAll();
  }

  disconnected() {
    this.#open = false;
  }

  /** Lets go of what is in the room by now. @param {import("./timeline.js").RoomEvent[]} events */
  arrived(events) {
    for (const { id, author } of events) if (author?.id === this.#parts.personId && this.#items.has(id)) this.remove(id);
  }

  /** Lets go of what was stored before the room's last known seq: its event came earlier, or was left out and never comes. @param {string} room */
  settle(room) {
    const last = this.#parts.seenTo(room);
    for (const { id, seq } of this.pending(room)) if (seq !== undefined && seq <= last) this.remove(id);
  }

  /** What another tab did. @param {{put?: Pending, removed?: string, sent?: {id: string, seq: number, at: number}}} change */
  changed({ put, removed, sent }) {
    if (put) this.#items.set(put.id, put);
    if (removed) this.#items.delete(removed);
    if (sent) this.#sent(sent);
    this.#parts.onChange();
    if (put) this.#pump(put.room);
  }

  async #start() {
    this.#store = await this.#parts.store;
    const stored = await this.#store.all().catch(() => []);
    const left = this.#parts.ahead.all();
    for (const item of [...stored, ...left]) if (item.person === this.#parts.personId && !this.#items.has(item.id)) this.#items.set(item.id, item);
    await Promise.all(left.map(({ id }) => this.#keep(/** @type {Pending} */ (this.#items.get(id)))));
    this.#parts.onChange();
    this.#pumpAll();
  }

  /** @param {Pending} item */
  #queue(item) {
    this.#order = item.order = Math.max(this.#order + 1, this.#surroundings.now());
    this.#items.set(item.id, item);
    this.#parts.ahead.put(item);
    this.#parts.onChange();
    this.#keep(item).then(() => this.#pump(item.room));
  }

  /** @param {Pending} item */
  async #keep(item) {
    try {
      await (await this.#parts.store).put(item);
      this.#parts.ahead.remove(item.id);
    } catch {
      this.#unkept.add(item.id); // a full storage costs the message its safety against a reload, not its sending
    }
    this.#parts.tell({ put: item });
  }

  get #rooms() {
    return new Set([...this.#items.values()].map((item) => item.room));
  }

  #pumpAll() {
    for (const room of this.#rooms) this.#pump(room);
  }

  /** @param {string} room */
  async #pump(room) {
    const store = this.#store;
    if (!this.#open || !store || this.#busy.has(room) || !this.#next(room)) return;
    this.#busy.add(room);
    let pauseMs = 0;
    try {
      await this.#parts.inTurn(room, async () => {
        const item = this.#next(room);
        if (!item || !this.#open) return;
        if (await this.#isStillThere(item, store)) pauseMs = await this.#send(item, store);
        else item.state = "sent"; // by another tab, which says so in a moment
      });
      if (pauseMs) await new Promise((resolve) => this.#surroundings.setTimeout(() => resolve(undefined), pauseMs));
    } finally {
      this.#busy.delete(room); // a programming error must not hold up what is said next
    }
    this.#pump(room);
  }

  /** @param {Pending} item @param {import("./outbox_store.js").OutboxStore} store */
  async #isStillThere({ id }, store) {
    if (this.#unkept.has(id)) return true;
    return store.get(id).then(Boolean, () => true); // asked for twice, the server stores it once
  }

  /** @param {string} room */
  #next(room) {
    return this.pending(room).find((item) => item.state === "queued");
  }

  /** @returns {Promise<number>} milliseconds to wait before the next try @param {Pending} item @param {import("./outbox_store.js").OutboxStore} store */
  async #send(item, store) {
    try {
      const { id, room, text, reply_to } = item;
      const { seq, at } = await this.#parts.request({ op: "send", id, room, text, reply_to });
      this.#parts.ahead.remove(id);
      await store.remove(id).catch(() => {}); // sent once more after a reload, the server would know it
      this.#sent({ id, seq, at });
      this.#parts.tell({ sent: { id, seq, at } });
    } catch (caught) {
      const problem = failed(caught);
      if (problem.code === "disconnected") return 0; // connected() goes on
      item.reason = problem.message;
      if (this.#mayPass(item, problem)) {
        this.#parts.onChange();
        return (problem.retryAfterMs ?? PAUSE_MS) * (1 + 0.25 * this.#surroundings.random());
      }
      item.state = "failed";
      if (this.#items.has(item.id)) await this.#keep(item); // else deleted while it was under way
    }
    this.#parts.onChange();
    return 0;
  }

  /** @param {{id: string, seq: number, at: number}} answer */
  #sent({ id, seq, at }) {
    const item = this.#items.get(id);
    if (!item) return;
    Object.assign(item, { state: "sent", seq, at });
    this.settle(item.room);
  }

  /** @param {Pending} item @param {{code?: string}} problem */
  #mayPass(item, problem) {
    if (problem.code !== "internal") return PASSING.has(problem.code ?? "");
    item.tries = (item.tries ?? 0) + 1;
    return item.tries < INTERNAL_TRIES;
  }
}
