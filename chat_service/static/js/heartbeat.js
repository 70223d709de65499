const ANSWER_WITHIN_MS = 10_000;

/**
 * Tells a quiet connection from a dead one. The server's own pings are invisible to scripts, so after a silence the client
 * asks, and a connection that does not answer counts as lost: TCP alone may take minutes to notice.
 */
export class Heartbeat {
  #surroundings;
  #ping;
  #lost;
  #silenceMs = Infinity;
  #heardAt = 0;
  #frames = 0;
  #timer = null;

  /**
   * @param {import("./surroundings.js").Surroundings} surroundings
   * @param {{ping: () => void, lost: () => void}} actions
   */
  constructor(surroundings, { ping, lost }) {
    this.#surroundings = surroundings;
    this.#ping = ping;
    this.#lost = lost;
  }

  /** @param {number} silenceMs ask after this long without a frame */
  start(silenceMs) {
    this.stop();
    this.#silenceMs = silenceMs;
    this.heard();
    this.#listen();
  }

  stop() {
    this.#surroundings.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Any frame is a sign of life. Only notes the time, since frames are many and timers are not free. */
  heard() {
    this.#heardAt = this.#surroundings.now();
    this.#frames += 1;
  }

  /** Asks at once: the network changed, or the machine woke up. */
  probe() {
    if (this.#timer === null) return; // no connection to ask on
    this.stop();
    const framesBefore = this.#frames;
    this.#timer = this.#surroundings.setTimeout(() => {
      if (this.#frames > framesBefore) this.#listen();
      else this.#lost();
    }, ANSWER_WITHIN_MS);
    this.#ping();
  }

  #listen() {
    const quietFor = this.#surroundings.now() - this.#heardAt;
    this.#timer = this.#surroundings.setTimeout(() => {
      if (this.#surroundings.now() - this.#heardAt >= this.#silenceMs) this.probe();
      else this.#listen();
    }, Math.max(0, this.#silenceMs - quietFor));
  }
}
