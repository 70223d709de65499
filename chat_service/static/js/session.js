import { RequestFailed } from "./requests.js";

/** The session is over: only signing in again helps. */
export class SignedOut extends Error {}

const RENEW_AT = 0.8; // of the token's life: leaves time for some tries before it ends
const RETRY_MS = 5_000;

/** Keeps the access token fresh: over HTTP for the cookie, and as a frame for the socket that is already open. */
export class Session {
  #surroundings;
  #fetch;
  #locks;
  #renew;
  #signedOut;
  #timer = null;

  /**
   * @param {object} parts
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {typeof globalThis.fetch} parts.fetch
   * @param {LockManager} [parts.locks]
   * @param {(token: string) => Promise<unknown>} parts.renew hands a new token to the open socket
   * @param {() => void} parts.signedOut
   */
  constructor({ surroundings, fetch, locks, renew, signedOut }) {
    this.#surroundings = surroundings;
    this.#fetch = fetch;
    this.#locks = locks;
    this.#renew = renew;
    this.#signedOut = signedOut;
  }

  /** @param {number} expiresInSeconds what is left of the token that the socket lives on */
  watch(expiresInSeconds) {
    this.rest();
    // A little jitter, so that tabs opened together do not all come at the same moment.
    const share = RENEW_AT - 0.05 * this.#surroundings.random();
    this.#timer = this.#surroundings.setTimeout(() => this.#renewSoon(), expiresInSeconds * 1000 * share);
  }

  rest() {
    this.#surroundings.clearTimeout(this.#timer);
  }

  /**
   * One tab at a time: the refresh token changes with every use, and an old one used twice ends the session for all tabs.
   *
   * @returns {Promise<{access_token: string, expires_in: number}>}
   * @throws {SignedOut} or whatever the network throws
   */
  refresh() {
    return this.#locks ? this.#locks.request("parley.refresh", () => this.#post()) : this.#post();
  }

  async #post() {
    const answer = await this.#fetch("/api/auth/refresh", {
      method: "POST",
      keepalive: true, // leaving the page meanwhile must not lose the next token: the old one is used up
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    if (answer.status === 401) throw new SignedOut();
    if (!answer.ok) throw new Error(`refresh was answered ${answer.status}`);
    return answer.json();
  }

  async #renewSoon() {
    try {
      const { access_token: token, expires_in: expiresIn } = await this.refresh();
      await this.#renew(token);
      this.watch(expiresIn);
    } catch (problem) {
      if (problem instanceof SignedOut) this.#signedOut();
      // A lost connection starts the watch anew with its next welcome. Anything else may pass; if it does not, the server
      // closes the socket at the token's end, and that refreshes again.
      else if (!(problem instanceof RequestFailed && problem.code === "disconnected")) this.#timer = this.#surroundings.setTimeout(() => this.#renewSoon(), RETRY_MS);
    }
  }
}
