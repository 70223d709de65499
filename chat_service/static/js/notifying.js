import { callsOf } from "./room_state.js";

/**
 * Whether a message is worth calling its reader for.
 *
 * @param {import("./timeline.js").RoomEvent} event
 * @param {import("./room_state.js").RoomState} state
 * @param {string} me
 * @returns {boolean}
 */
export function isWorthCalling(event, state, me) {
  if (event.type !== "message" || event.author.id === me || event.erased) return false;
  const level = state.level ?? "all";
  if (level === "nothing") return false;
  return level === "all" || state.kind === "direct" || (event.mentions?.includes(me) ?? false);
}

// If the room is open somewhere, the marker has moved by then: that client gathers for 0.3 s, the server for 1 s.
const WAIT_MS = 2_000;
const SHOWN_CHARS = 200;

/**
 * Calls the reader for news: one tab for all of them, and only for what nobody has read within a moment, on whatever device.
 */
export class Notifying {
  #parts;
  /** What somebody may be called for in a moment. @type {Map<import("./timeline.js").RoomEvent, import("./room.js").Room>} */
  #waiting = new Map();
  /** What was called for last, by room. @type {Map<string, import("./timeline.js").RoomEvent>} */
  #shown = new Map();

  /**
   * @param {object} parts
   * @param {string} parts.me
   * @param {import("./tabs.js").Tabs} parts.tabs
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => boolean} parts.allowed
   * @param {(event: import("./timeline.js").RoomEvent) => string} parts.words without marks
   * @param {(call: {room: string, seq: number, title: string, body: string}) => Promise<unknown>} parts.show
   * @param {(room: string) => Promise<unknown>} parts.close
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {import("./room.js").Room} room @param {import("./timeline.js").RoomEvent[]} events */
  arrived(room, events) {
    const gone = new Set(events.filter(({ type }) => type === "delete").map(({ target }) => target));
    this.#forget((event, id) => id === room.id && gone.has(event.seq));
    const last = events.findLast((event) => !gone.has(event.seq) && isWorthCalling(event, room.state, this.#parts.me));
    if (!last || !this.#parts.allowed()) return;
    this.#waiting.set(last, room);
    this.#parts.surroundings.setTimeout(() => this.#waiting.delete(last) && this.#call(room, last), WAIT_MS);
  }

  /** Somebody deleted their account. @param {import("./folding.js").Gone} gone */
  gone({ id }) {
    this.#forget(({ author }) => author.id === id);
  }

  /** What was read elsewhere needs no calling any more. @param {import("./room.js").Room[]} rooms */
  settle(rooms) {
    for (const room of rooms) {
      if (this.#shown.has(room.id) && !(room.state.unread ?? 0) && !callsOf(room.state)) this.#close(room.id);
    }
  }

  /** What is gone is neither called for nor left standing. @param {(event: import("./timeline.js").RoomEvent, room: string) => boolean} isGone */
  #forget(isGone) {
    for (const [event, room] of this.#waiting) if (isGone(event, room.id)) this.#waiting.delete(event);
    for (const [room, event] of this.#shown) if (isGone(event, room)) this.#close(room);
  }

  /** @param {string} room */
  #close(room) {
    this.#shown.delete(room);
    this.#parts.close(room);
  }

  /** @param {import("./room.js").Room} room @param {import("./timeline.js").RoomEvent} event */
  #call(room, event) {
    if ((room.state.read ?? 0) >= event.seq) return;
    this.#shown.set(room.id, event); // by whichever tab: each may be the one that sees it read
    this.#parts.tabs.ifFree(`notify.${room.id}.${event.seq}`, async () => {
      const where = room.state.kind === "direct" ? "" : ` in ${room.title}`;
      await this.#parts.show({ room: room.id, seq: event.seq, title: `${event.author.name}${where}`, body: this.#parts.words(event).slice(0, SHOWN_CHARS) });
      await new Promise((resolve) => this.#parts.surroundings.setTimeout(() => resolve(undefined), WAIT_MS)); // for tabs that come a little later
    });
  }
}
