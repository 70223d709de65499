import { Backoff } from "./backoff.js";
import { FRAME_TOO_LARGE, LOST, NORMAL, afterClose } from "./closing.js";
import { Heartbeat } from "./heartbeat.js";
import { RequestFailed, Requests } from "./requests.js";
import { SignedOut } from "./session.js";

const WELCOME_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 20_000;
const STEADY_AFTER_MS = 5_000; // a connection that lived this long was a good one: the next wait starts small again

/**
 * @typedef {{op: string, [field: string]: any}} Frame as docs/protocol.md has them: JSON, of which each op has fields of its own
 *
 * @typedef {object} Status
 * @property {"connecting" | "open" | "waiting" | "over"} phase
 * @property {number | null} offlineSince when the last good connection ended; null while all is well
 * @property {number | null} retryAt when the next try comes, while waiting
 * @property {number | null} closeCode why it is over
 */

/**
 * The connection to the server: opens it, keeps it, and after every loss opens it again. It knows frames only so far as
 * staying connected needs; what they say about rooms is for those who listen.
 */
export class Socket {
  #parts;
  #surroundings;
  #requests;
  #heartbeat;
  #backoff;
  /** @type {WebSocket | null} */
  #ws = null;
  #timer = null;
  /** @type {number | null} */
  #openedAt = null;
  /** @type {number | null} */
  #leaveAt = null;
  #refreshed = false;
  /** @type {Status} */
  #status = { phase: "connecting", offlineSince: null, retryAt: null, closeCode: null };

  /**
   * @param {object} parts
   * @param {string} parts.url
   * @param {typeof WebSocket} parts.WebSocket
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => object} parts.hello the first frame, made anew for each connection
   * @param {() => Promise<unknown>} parts.refresh gets a new access token
   * @param {(frame: Frame) => void} parts.onFrame every frame that is no answer
   * @param {(status: Status) => void} parts.onStatus
   * @param {() => void} parts.onSignedOut
   */
  constructor(parts) {
    this.#parts = parts;
    this.#surroundings = parts.surroundings;
    this.#requests = new Requests(parts.surroundings);
    this.#backoff = new Backoff(parts.surroundings.random);
    this.#heartbeat = new Heartbeat(parts.surroundings, {
      ping: () => this.request({ op: "ping" }).catch(() => {}), // unanswered is what lost() is for
      lost: () => this.#drop(LOST),
    });
  }

  get status() {
    return this.#status;
  }

  start() {
    this.#connect({ offlineSince: this.#surroundings.now() });
  }

  /** The network is back, the page is looked at again, or somebody pressed the button: no more waiting. */
  retryNow() {
    if (this.#status.phase === "waiting") this.#connect();
    else if (this.#status.phase === "open") this.#heartbeat.probe();
  }

  /** The page is going: says goodbye, so that others need not wonder. retryNow() comes back, if the page does. */
  leave() {
    this.#drop(NORMAL);
    this.#surroundings.clearTimeout(this.#timer);
  }

  /**
   * @param {Frame} frame gets an id of its own where it has none
   * @param {number} [timeoutMs]
   * @returns {Promise<any>} the answer
   * @throws {RequestFailed}
   */
  request(frame, timeoutMs = ANSWER_WITHIN_MS) {
    if (this.#status.phase !== "open") return Promise.reject(new RequestFailed("disconnected"));
    const id = frame.id ?? this.#surroundings.uuid(); // for ever its own: the server stores what one id writes once
    const answer = this.#requests.expect(id, timeoutMs);
    this.#ws?.send(JSON.stringify({ ...frame, id }));
    return answer;
  }

  /** A frame that is not answered; without a connection it is lost. @param {object} frame @returns {boolean} whether it went out */
  signal(frame) {
    if (this.#status.phase !== "open") return false;
    this.#ws?.send(JSON.stringify(frame));
    return true;
  }

  /** @param {Partial<Status>} [change] */
  #connect(change = {}) {
    this.#surroundings.clearTimeout(this.#timer);
    this.#leaveAt = null;
    this.#become({ phase: "connecting", ...change });
    const ws = new this.#parts.WebSocket(this.#parts.url);
    this.#ws = ws;
    ws.onopen = () => ws.send(JSON.stringify({ op: "hello", ...this.#parts.hello() }));
    ws.onmessage = (message) => this.#receive(JSON.parse(message.data));
    ws.onclose = (close) => this.#closed(close.code);
    this.#timer = this.#surroundings.setTimeout(() => this.#drop(LOST), WELCOME_WITHIN_MS);
  }

  /** @param {Frame} frame */
  #receive(frame) {
    this.#heartbeat.heard();
    if (frame.op === "welcome") this.#welcome(frame);
    if (frame.op === "goaway") this.#leaveSoon(frame.retry_after * 1000);
    else if (!this.#requests.answer(frame)) this.#parts.onFrame(frame);
  }

  /** @param {Frame} frame */
  #welcome(frame) {
    this.#surroundings.clearTimeout(this.#timer);
    this.#openedAt = this.#surroundings.now();
    this.#refreshed = false;
    this.#heartbeat.start(frame.heartbeat * 1000);
    this.#become({ phase: "open", offlineSince: null });
  }

  /** The replica is going; leave before it does, but not all at once. @param {number} afterMs */
  #leaveSoon(afterMs) {
    const delay = afterMs * this.#surroundings.random();
    this.#leaveAt = this.#surroundings.now() + delay;
    this.#surroundings.clearTimeout(this.#timer);
    this.#timer = this.#surroundings.setTimeout(() => this.#drop(LOST), delay);
  }

  /** Ends the connection from this side. Does not wait for the closing handshake: a dead peer never finishes it. @param {number} code */
  #drop(code) {
    const ws = this.#ws;
    if (ws) {
      ws.onopen = ws.onmessage = ws.onclose = null;
      if (code === NORMAL) ws.close(NORMAL);
      else ws.close();
    }
    this.#closed(code);
  }

  /** @param {number} code */
  #closed(code) {
    this.#surroundings.clearTimeout(this.#timer);
    this.#heartbeat.stop();
    this.#noteSteadiness();
    // Offline counts from here, except that a replica's announced leaving is none of the reader's concern.
    const offlineSince = this.#status.offlineSince ?? (this.#leaveAt === null ? this.#surroundings.now() : null);
    this.#become({ phase: "connecting", offlineSince });
    if (code === FRAME_TOO_LARGE) this.#requests.failAll("too_large", "This is too large for the server.");
    else this.#requests.failAll("disconnected");

    const next = afterClose(code);
    if (next === "reconnect") this.#wait();
    else if (next === "refresh" && !this.#refreshed) this.#refreshFirst();
    else this.#end(code, next);
  }

  #noteSteadiness() {
    if (this.#openedAt !== null && this.#surroundings.now() - this.#openedAt >= STEADY_AFTER_MS) this.#backoff.reset();
    this.#openedAt = null;
  }

  #wait() {
    const now = this.#surroundings.now();
    const delay = this.#leaveAt === null ? this.#backoff.next() : Math.max(0, this.#leaveAt - now);
    this.#leaveAt = null;
    this.#become({ phase: "waiting", retryAt: now + delay });
    this.#timer = this.#surroundings.setTimeout(() => this.#connect(), delay);
  }

  async #refreshFirst() {
    try {
      await this.#parts.refresh();
      this.#refreshed = true; // refused once more with a fresh token, another refresh would not help
      this.#connect();
    } catch (problem) {
      if (problem instanceof SignedOut) this.#end(null, "login");
      else this.#wait();
    }
  }

  /** @param {number | null} code @param {ReturnType<typeof afterClose>} next */
  #end(code, next) {
    this.#become({ phase: "over", closeCode: code });
    if (next !== "stop") this.#parts.onSignedOut();
  }

  /** @param {Partial<Status>} change */
  #become(change) {
    this.#status = { ...this.#status, retryAt: null, ...change };
    this.#parts.onStatus(this.#status);
  }
}
