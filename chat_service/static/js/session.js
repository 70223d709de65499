import { RequestFailed } from "./requests.js";

/** The session is over: only signing in again helps. */
export class SignedOut extends Error {}

const RENEW_AT = 0.8; // of the token's life: leaves time for some tries before it ends
// A first answer that is lost on the way, or given up here, may have used up the token all the same, and only for 10 s does
// the server answer a used token by the same successor again; later, it must look like a token used twice, which ends the
// session. The server turns it no sooner than the first request is sent, so a second one sent 4 s later has 6 s to arrive.
const SECOND_AFTER_MS = 4_000;
const LAST_ANSWER_WITHIN_MS = 15_000; // patient, since a third would come too late for the same successor
const RETRY_MS = 4_000;

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
    return this.#locks ? this.#locks.request("parley.refresh", () => this.#twice()) : this.#twice();
  }

  async #twice() {
    const pause = new Promise((resolve) => this.#surroundings.setTimeout(() => resolve(null), SECOND_AFTER_MS));
    try {
      return await this.#post(SECOND_AFTER_MS);
    } catch (problem) {
      if (problem instanceof SignedOut) throw problem;
      await pause;
      return this.#post(LAST_ANSWER_WITHIN_MS);
    }
  }

  /** @param {number} withinMs */
  async #post(withinMs) {
    const givingUp = new AbortController(); // or a request that hangs would hold up all tabs
    const timer = this.#surroundings.setTimeout(() => givingUp.abort(), withinMs);
    try {
      const answer = await this.#fetch("/api/auth/refresh", {
        method: "POST",
        keepalive: true, // leaving the page meanwhile must not lose the next token: the old one is used up
        credentials: "same-origin",
        headers: { "content-type": "application/json" },
        body: "{}",
        signal: givingUp.signal,
      });
      if (answer.status === 401) throw new SignedOut();
      if (!answer.ok) throw new Error(`refresh was answered ${answer.status}`);
      return await answer.json();
    } finally {
      this.#surroundings.clearTimeout(timer);
    }
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
