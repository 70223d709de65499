import { forgotten } from "./folding.js";
import { failed } from "./requests.js";
import { after, shakesCounts, titleOf } from "./room_state.js";
import { Timeline } from "./timeline.js";

const PAGE_EVENTS = 50;
const RETRY_MS = 2_000;
const UNANSWERED = new Set(["disconnected", "timeout"]);

/** One room as this client follows it: its state, and as much of its timeline as somebody looked at. */
export class Room {
  timeline = new Timeline();
  /** Messages that are quoted but not in the timeline; null while nobody knows them. @type {Map<number, import("./timeline.js").Entry | null>} */
  quoted = new Map();
  #parts;
  #state;
  #last;
  #underWay = 0;
  /** @type {import("./timeline.js").RoomEvent[]} */
  #since = [];
  /** @type {Map<string, Promise<void>>} */
  #loads = new Map();
  /** @type {{around?: number, key: string} | null} */
  #wanted = null;
  #timesTold = 0;

  /**
   * @param {object} parts
   * @param {import("./room_state.js").RoomState} parts.state
   * @param {import("./timeline.js").Person} parts.me
   * @param {(frame: import("./socket.js").Frame) => Promise<any>} parts.request
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange
   * @param {(room: Room) => void} parts.onDoubt its counts may be wrong
   * @param {(room: Room) => void} parts.onSkip what happened meanwhile is not told: all that came of events is asked for anew
   */
  constructor(parts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#last = parts.state.head;
  }

  get id() {
    return this.#state.id;
  }

  get state() {
    return this.#state;
  }

  get title() {
    return titleOf(this.#state, this.#parts.me.id);
  }

  /** The last seq up to which nothing is missing. */
  get last() {
    return this.#last;
  }

  /** @param {string} what "older" or "newer" */
  isLoading(what) {
    return this.#loads.has(what);
  }

  /**
   * The server told the room anew, with a connection or by itself.
   *
   * @param {import("./room_state.js").RoomState} state
   * @param {boolean} resumes whether what was missed follows as events
   */
  told(state, resumes) {
    this.#state = state;
    if (!resumes) return this.#skipTo(state.head);
    this.#timesTold += 1; // what was asked of an older connection is asked again
    if (this.#wanted) this.#load(this.#wanted);
  }

  /** @param {Partial<import("./room_state.js").RoomState>} change */
  change(change) {
    this.#state = { ...this.#state, ...change };
    this.#parts.onChange();
  }

  /** @param {import("./timeline.js").RoomEvent[]} events contiguous @returns {import("./timeline.js").RoomEvent[]} those that are news */
  arrived(events) {
    const news = events.filter((event) => event.seq > this.#last);
    const newest = news.at(-1)?.seq;
    if (newest === undefined) return news;
    if (news[0].seq !== this.#last + 1) this.limited(newest);
    for (const event of news) this.#take(event);
    this.#last = newest;
    this.#parts.onChange();
    return news;
  }

  /** Somebody deleted their account. @param {import("./folding.js").Gone} gone */
  forget(gone) {
    this.timeline.forget(gone);
    this.#since = this.#since.map((event) => forgotten(event, gone));
    for (const [seq, quoted] of this.quoted) if (quoted?.author.id === gone.id) this.quoted.delete(seq);
    if (gone.erased && this.#state.unread) this.#parts.onDoubt(this); // what is erased is not unread
    this.#parts.onChange();
  }

  /** Too far behind to be told everything. @param {number} head */
  limited(head) {
    this.#parts.onDoubt(this);
    this.#skipTo(head);
  }

  /** Shows the newest page, once however often it is called. What is at hand makes whatever else is on its way unwanted. @returns {Promise<void>} */
  async open() {
    if (!this.timeline.opened || this.timeline.newer) await this.#load({});
    else this.#wanted = null;
  }

  /** Shows the page around a message. @param {number} seq @returns {Promise<void>} */
  async openAround(seq) {
    const { timeline } = this;
    const covers = timeline.opened && seq <= timeline.to && (!timeline.more || seq >= (timeline.at(0)?.seq ?? Infinity));
    if (!covers) await this.#load({ around: seq });
    else this.#wanted = null;
  }

  /** @returns {Promise<void>} */
  loadOlder() {
    if (!this.timeline.opened || !this.timeline.more) return Promise.resolve();
    return this.#once("older", async () => {
      const first = this.timeline.at(0)?.seq;
      await this.#page({ before: first }, (page) => {
        if (this.timeline.at(0)?.seq === first) this.timeline.addOlder(page); // else begun anew meanwhile
      });
    });
  }

  /** @returns {Promise<void>} */
  loadNewer() {
    if (!this.timeline.opened || !this.timeline.newer) return Promise.resolve();
    return this.#once("newer", async () => {
      const { to } = this.timeline;
      await this.#page({ after: to }, (page) => {
        if (this.timeline.to === to) this.timeline.addNewer(page);
      });
    });
  }

  /** The message of a quote, asked for where it is not at hand. @param {number} seq @returns {import("./timeline.js").Entry | null | undefined} undefined until it is known, null if gone */
  quote(seq) {
    const atHand = this.timeline.find(seq) ?? this.quoted.get(seq);
    if (atHand !== undefined) return atHand ?? null;
    this.#once(`quote ${seq}`, async () => {
      const asked = this.#timesTold;
      const page = await this.#parts.request({ op: "fetch", room: this.id, seqs: [seq] });
      if (asked === this.#timesTold) this.quoted.set(seq, page.events[0] ?? null);
    }).catch(() => {}); // asked again when it is next drawn
    return undefined;
  }

  /** @param {number} head */
  #skipTo(head) {
    this.#last = head;
    this.#timesTold += 1; // what is on its way may be older
    this.quoted.clear();
    if (this.timeline.opened) this.#load({});
    else if (this.#wanted) this.#load(this.#wanted);
    this.timeline.outdate();
    this.#parts.onSkip(this);
  }

  /** @param {import("./timeline.js").RoomEvent} event */
  #take(event) {
    if (this.#underWay) this.#since.push(event);
    this.timeline.apply(event);
    if (event.target !== undefined) this.quoted.delete(event.target);
    this.#state = after(this.#state, event, this.#parts.me.id);
    if (shakesCounts(this.#state, event, this.#parts.me.id)) this.#parts.onDoubt(this);
  }

  /** @param {{around?: number}} what the last one asked for is the one that counts */
  async #load({ around }) {
    const what = { around, key: `open ${around} ${this.#timesTold}` };
    this.#wanted = what;
    try {
      await this.#once(what.key, async () => {
        await this.#page({ around }, (page) => {
          if (this.#wanted?.key !== what.key) return;
          this.timeline.open(page);
          this.#wanted = null;
        });
      });
    } catch (caught) {
      const problem = failed(caught);
      // A message that does not come leaves the room as it was. A room that shows nothing yet asks again, without a connection
      // at the next welcome.
      if (what.around !== undefined && (this.timeline.opened || !UNANSWERED.has(problem.code))) {
        if (this.#wanted?.key === what.key) this.#wanted = null;
        throw problem;
      }
      if (problem.code !== "disconnected") this.#parts.surroundings.setTimeout(() => this.#again(what), problem.retryAfterMs ?? RETRY_MS);
    }
  }

  /** @param {{around?: number, key: string}} what */
  #again(what) {
    if (this.#wanted?.key === what.key) this.#load(what);
  }

  /** What happens while a page is on its way is applied to it when it comes: it may be older than the last event. @param {{before?: number, after?: number, around?: number}} what @param {(page: import("./timeline.js").Page) => void} use */
  async #page(what, use) {
    const from = this.#since.length;
    this.#underWay += 1;
    try {
      use(await this.#parts.request({ op: "history", room: this.id, limit: PAGE_EVENTS, ...what }));
      for (const event of this.#since.slice(from)) this.timeline.apply(event);
    } finally {
      this.#underWay -= 1;
      if (!this.#underWay) this.#since = [];
    }
  }

  /** @param {string} what @param {() => Promise<void>} run */
  #once(what, run) {
    if (!this.#loads.has(what)) {
      const load = run().finally(() => {
        this.#loads.delete(what);
        this.#parts.onChange();
      });
      this.#loads.set(what, load);
      this.#parts.onChange();
    }
    return /** @type {Promise<void>} */ (this.#loads.get(what));
  }
}
