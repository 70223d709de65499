const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before trying again. Full jitter: anything between nothing and a bound that doubles, so that the clients
 * of a server that fell over do not come back as one wave.
 */
export class Backoff {
  #random;
  #attempts = 0;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {number} milliseconds */
  next() {
    const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return this.#random() * bound;
  }

  reset() {
    this.#attempts = 0;
  }
}
