import { changes, forgotten } from "./folding.js";
import { Timeline } from "./timeline.js";

/** A message and the replies to it, as a timeline of its own. */
export class Thread {
  timeline = new Timeline();
  #request;
  #room;
  /** @type {import("./timeline.js").RoomEvent[]} */
  #since = [];
  #asked = 0;

  /** @param {object} parts @param {string} parts.room @param {number} parts.root @param {(frame: import("./socket.js").Frame) => Promise<any>} parts.request */
  constructor({ room, root, request }) {
    this.#room = room;
    this.#request = request;
    this.root = root;
  }

  /** From the beginning. What is shown stays until it comes. */
  async load() {
    const asked = ++this.#asked;
    this.timeline.outdate();
    const page = await this.#page(0);
    const all = { ...page, events: [...page.events] };
    for (let more = page; more.more_after && more.events.length; ) {
      more = await this.#page(all.events.at(-1)?.seq ?? 0);
      const { seq } = all.events[all.events.length - 1];
      all.events.push(...more.events.filter((entry) => entry.seq > seq));
      all.as_of = Math.min(all.as_of, more.as_of);
    }
    if (asked !== this.#asked) return; // asked again since: what came of this may be older
    this.timeline.open({ events: all.events, as_of: all.as_of });
    for (const event of this.#since) this.#apply(event);
    this.#since = [];
  }

  /** @param {import("./timeline.js").RoomEvent[]} events of the room */
  arrived(events) {
    for (const event of events) {
      if (this.timeline.opened) this.#apply(event);
      else this.#since.push(event);
    }
  }

  /** Somebody deleted their account; what waits for the page may be theirs. @param {import("./folding.js").Gone} gone */
  forget(gone) {
    this.timeline.forget(gone);
    this.#since = this.#since.map((event) => forgotten(event, gone));
  }

  /** @param {import("./timeline.js").RoomEvent} event */
  #apply(event) {
    const concerns = event.type === "message" ? event.thread === this.root : changes(event) !== undefined;
    if (concerns) this.timeline.apply(event);
  }

  /** @param {number} after @returns {Promise<import("./timeline.js").Page>} */
  #page(after) {
    return this.#request({ op: "thread", room: this.#room, root: this.root, after: after || undefined });
  }
}
