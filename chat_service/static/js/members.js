const RELOAD_MS = 500; // a burst of comings and goings is one question
const SMALL = 16; // people: up to here the server tells how far each has read
const CHANGES_MEMBERS = new Set(["join", "leave", "invite", "remove", "ban", "unban", "mute", "unmute", "role"]);

/** @typedef {{person: import("./timeline.js").Person, role?: "owner" | "moderator" | "member", since?: number, muted_until?: number, read?: number}} Member */

/** Who is in a room: the first page of its members, kept fresh, and how far each has read in a small one. */
export class Members {
  #parts;
  #timer = null;
  #asked = 0;
  /** @type {Map<string, number>} */
  #reads = new Map();
  total = 0;
  /** @type {Member[]} */
  list = [];

  /**
   * @param {object} parts
   * @param {string} parts.room
   * @param {(frame: import("./socket.js").Frame) => Promise<any>} parts.request
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange
   */
  constructor(parts) {
    this.#parts = parts;
  }

  async load() {
    const asked = ++this.#asked;
    try {
      const { members, total } = await this.#parts.request({ op: "members", room: this.#parts.room });
      if (asked !== this.#asked) return; // a later question has, or will have, the later answer
      this.list = members;
      this.total = total;
      for (const { person, read } of members) if (read !== undefined) this.read(person.id, read);
      this.#parts.onChange();
    } catch {
      // The list that was there stays; the next change or the next look asks again.
    }
  }

  /** What others have read meanwhile no event tells; what became of a larger room's members, events do. */
  connected() {
    if (this.total <= SMALL) this.load();
  }

  /** @param {import("./timeline.js").RoomEvent[]} events */
  arrived(events) {
    for (const event of events) if (event.type === "message") this.read(event.author.id, event.seq);
    if (!events.some((event) => CHANGES_MEMBERS.has(event.type)) || this.#timer !== null) return;
    this.#timer = this.#parts.surroundings.setTimeout(() => {
      this.#timer = null;
      this.load();
    }, RELOAD_MS);
  }

  /** @param {string} person @param {number} seq */
  read(person, seq) {
    this.#reads.set(person, Math.max(seq, this.#reads.get(person) ?? 0));
  }

  /** @param {number} seq @param {string[]} but people who do not count @returns {import("./timeline.js").Person[]} who has read up to here, in a small room */
  readersOf(seq, but) {
    if (this.total > SMALL) return [];
    return this.list.map(({ person }) => person).filter(({ id }) => !but.includes(id) && (this.#reads.get(id) ?? 0) >= seq);
  }
}
