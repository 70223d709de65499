import { failed } from "./requests.js";

const GATHER_MS = 300; // one question for what comes together
const MOST_ROOMS = 100; // that the server takes in one
const RETRY_MS = 2_000;

/** Asks the server how much is unread where this client can't tell. */
export class Counting {
  #request;
  #surroundings;
  #onCounted;
  #doubted = new Set();
  #timer = null;

  /**
   * @param {object} parts
   * @param {(frame: import("./socket.js").Frame) => Promise<any>} parts.request
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {(count: {room: string, read: number, unread: number, mentions: number}) => void} parts.onCounted
   */
  constructor({ request, surroundings, onCounted }) {
    this.#request = request;
    this.#surroundings = surroundings;
    this.#onCounted = onCounted;
  }

  /** @param {string} room */
  doubt(room) {
    this.#doubted.add(room);
    this.#askSoon();
  }

  #askSoon() {
    if (this.#timer === null) this.#timer = this.#surroundings.setTimeout(() => this.#ask(), GATHER_MS);
  }

  async #ask() {
    const rooms = [...this.#doubted].slice(0, MOST_ROOMS);
    this.#timer = null;
    for (const room of rooms) this.#doubted.delete(room);
    if (this.#doubted.size) this.#askSoon();
    try {
      const { rooms: counts } = await this.#request({ op: "counts", rooms });
      for (const count of counts) this.#onCounted(count);
    } catch (caught) {
      const problem = failed(caught);
      if (problem.code === "disconnected") return; // the next welcome brings all counts
      this.#surroundings.setTimeout(() => rooms.forEach((room) => this.doubt(room)), problem.retryAfterMs ?? RETRY_MS);
    }
  }
}
