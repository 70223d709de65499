const QUIET_MS = 5_000; // most losses are over before anyone needs to know

/** Says that the connection is gone, once it has been for a while, and when the next try comes. */
export class BannerView {
  #elements;
  #surroundings;
  #onRetry;
  /** @type {import("../socket.js").Status} */
  #status = { phase: "connecting", offlineSince: null, retryAt: null, closeCode: null };
  #timer = null;

  /**
   * @param {object} parts
   * @param {{banner: HTMLElement, text: HTMLElement, countdown: HTMLElement, action: HTMLButtonElement}} parts.elements
   * @param {import("../surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onRetry
   */
  constructor({ elements, surroundings, onRetry }) {
    this.#elements = elements;
    this.#surroundings = surroundings;
    this.#onRetry = onRetry;
    elements.action.addEventListener("click", () => (this.#status.phase === "over" ? location.reload() : this.#onRetry()));
  }

  /** @param {import("../socket.js").Status} status */
  show(status) {
    this.#status = status;
    this.#tick();
  }

  #tick() {
    this.#surroundings.clearTimeout(this.#timer);
    const { phase, offlineSince } = this.#status;
    if (phase === "over") return this.#say(`The server ended the connection (${this.#status.closeCode}).`, "", "Reload");
    if (offlineSince === null) {
      this.#elements.banner.hidden = true;
      return;
    }
    const now = this.#surroundings.now();
    if (now - offlineSince >= QUIET_MS) this.#say("No connection.", this.#countdown(now), "Retry now");
    this.#timer = this.#surroundings.setTimeout(() => this.#tick(), Math.max(QUIET_MS - (now - offlineSince), 500));
  }

  /** @param {number} now */
  #countdown(now) {
    const { retryAt } = this.#status;
    if (retryAt === null) return "Trying…";
    return `Next try in ${Math.max(1, Math.ceil((retryAt - now) / 1000))} s.`;
  }

  /** The countdown is outside what is read aloud, and a sentence that stays the same is not set anew. @param {string} text @param {string} countdown @param {string} action */
  #say(text, countdown, action) {
    const elements = this.#elements;
    if (elements.text.textContent !== text) elements.text.textContent = text;
    elements.countdown.textContent = countdown;
    if (elements.action.textContent !== action) elements.action.textContent = action;
    elements.banner.hidden = false;
  }
}
