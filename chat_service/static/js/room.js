import { Timeline } from "./timeline.js";

const PAGE_EVENTS = 50;
const GAP_TOO_WIDE_EVENTS = 500; // more than this is quicker begun anew from the newest page
const RETRY_MS = 2_000;

/** One room as this client follows it: keeps its timeline filled from live events and from history. */
export class Room {
  timeline = new Timeline();
  #id;
  #request;
  #surroundings;
  #onChange;
  #opening = false;
  #older = null;
  #filling = false;

  /**
   * @param {object} parts
   * @param {string} parts.id
   * @param {(frame: object) => Promise<any>} parts.request
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange
   */
  constructor({ id, request, surroundings, onChange }) {
    this.#id = id;
    this.#request = request;
    this.#surroundings = surroundings;
    this.#onChange = onChange;
  }

  get loadingOlder() {
    return this.#older !== null;
  }

  /** The last seq to resume after, or null where there is nothing to resume. */
  get resumeAfter() {
    return this.timeline.anchored ? this.timeline.last : null;
  }

  /** @param {boolean} sameLog false when the server's data are not those that this client knows */
  connected(sameLog) {
    if (!sameLog) this.timeline.close();
    if (!this.timeline.anchored) this.#open();
    else this.#fillGap();
  }

  /** @param {import("./timeline.js").Event[]} events */
  arrived(events) {
    this.timeline.add(events);
    this.#fillGap();
    this.#onChange();
  }

  /** Too far behind to be told everything: begin anew. */
  limited() {
    this.timeline.close();
    this.#open();
  }

  /** Loads the page before the oldest event, once however often it is called. */
  loadOlder() {
    if (!this.timeline.anchored || !this.timeline.more) return Promise.resolve();
    this.#older ??= this.#loadOlder().finally(() => {
      this.#older = null;
      this.#onChange();
    });
    return this.#older;
  }

  async #loadOlder() {
    this.#onChange();
    const before = this.timeline.first;
    const page = await this.#page(before);
    if (this.timeline.first === before) this.timeline.addOlder(page.events, page.more); // else begun anew meanwhile
  }

  async #open() {
    if (this.#opening || this.timeline.anchored) return;
    this.#opening = true;
    try {
      const page = await this.#page();
      this.timeline.open(page.events, page.more);
    } catch (problem) {
      // Without a connection the next welcome opens the room; any other trouble is worth another try.
      if (problem.code !== "disconnected") this.#surroundings.setTimeout(() => this.#open(), problem.retryAfterMs ?? RETRY_MS);
      return;
    } finally {
      this.#opening = false;
    }
    this.#fillGap();
    this.#onChange();
  }

  /** Live events that skipped some seqs are held back by the timeline; this gets the ones between. */
  async #fillGap() {
    const before = this.timeline.gapBefore;
    if (before === null || this.#filling) return;
    if (before - this.timeline.last > GAP_TOO_WIDE_EVENTS) return this.limited();
    this.#filling = true;
    try {
      const page = await this.#page(before);
      this.timeline.add(page.events);
      this.#onChange();
    } catch {
      return; // the next event or the next welcome tries again
    } finally {
      this.#filling = false;
    }
    if (this.timeline.gapBefore !== before) this.#fillGap();
  }

  #page(before) {
    return this.#request({ op: "history", room: this.#id, before, limit: PAGE_EVENTS });
  }
}
