/** What people are told where the server told nothing. @type {Record<string, string>} */
const UNANSWERED = { disconnected: "No connection. Try again when it is back.", timeout: "The server did not answer in time." };

/** A request that got no answer, or a no. `code` is the wire's, or `disconnected` or `timeout`. */
export class RequestFailed extends Error {
  /**
   * @param {string} code
   * @param {string} [message] for people
   * @param {number} [retryAfterMs]
   * @param {string} [field] of the request that is at fault
   */
  constructor(code, message = UNANSWERED[code] ?? code, retryAfterMs = undefined, field = undefined) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.field = field;
  }
}

/** What was caught, as the failed request that it should be. @param {unknown} caught @returns {RequestFailed} @throws whatever else it is: a programming error */
export function failed(caught) {
  if (caught instanceof RequestFailed) return caught;
  throw caught;
}

/** The requests under way on one connection, matched to their answers by id. */
export class Requests {
  #surroundings;
  /** @type {Map<string | undefined, {resolve: (frame: any) => void, reject: (problem: RequestFailed) => void, timer: any}>} */
  #waiting = new Map();

  /** @param {import("./surroundings.js").Surroundings} surroundings */
  constructor(surroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * @param {string} id
   * @param {number} timeoutMs
   * @returns {Promise<object>} the answering frame
   */
  expect(id, timeoutMs) {
    return new Promise((resolve, reject) => {
      const timer = this.#surroundings.setTimeout(() => {
        this.#waiting.delete(id);
        reject(new RequestFailed("timeout"));
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  /**
   * @param {{op: string, id?: string, code?: string, message?: string, field?: string, retry_after?: number}} frame
   * @returns {boolean} whether somebody waited for it
   */
  answer(frame) {
    const waiting = this.#waiting.get(frame.id);
    if (!waiting) return false;
    this.#waiting.delete(frame.id);
    this.#surroundings.clearTimeout(waiting.timer);
    if (frame.op === "error") {
      const retryAfterMs = frame.retry_after === undefined ? undefined : frame.retry_after * 1000;
      waiting.reject(new RequestFailed(frame.code ?? "internal", frame.message, retryAfterMs, frame.field));
    } else {
      waiting.resolve(frame);
    }
    return true;
  }

  /** The connection is gone, and with it every answer. @param {string} code @param {string} [message] for people */
  failAll(code, message) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, timer } of waiting) {
      this.#surroundings.clearTimeout(timer);
      reject(new RequestFailed(code, message));
    }
  }
}
