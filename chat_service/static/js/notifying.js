import { callsOf } from "./room_state.js";

/**
 * Whether a message is worth calling its reader for.
 *
 * @param {any} event
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

const WAIT_MS = 1_200; // if the room is open somewhere, the marker has moved by then
const SHOWN_CHARS = 200;

/**
 * Calls the reader for news: one tab for all of them, and only for what nobody has read within a moment, on whatever device.
 */
export class Notifying {
  #parts;
  #shown = new Set();

  /**
   * @param {object} parts
   * @param {string} parts.me
   * @param {import("./tabs.js").Tabs} parts.tabs
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => boolean} parts.allowed
   * @param {(call: {room: string, seq: number, title: string, body: string}) => Promise<unknown>} parts.show
   * @param {(room: string) => Promise<unknown>} parts.close
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {import("./room.js").Room} room @param {any[]} events */
  arrived(room, events) {
    const worth = events.filter((event) => isWorthCalling(event, room.state, this.#parts.me));
    if (worth.length && this.#parts.allowed()) this.#parts.surroundings.setTimeout(() => this.#call(room, worth.at(-1)), WAIT_MS);
  }

  /** What was read elsewhere needs no calling any more. @param {import("./room.js").Room[]} rooms */
  settle(rooms) {
    for (const room of rooms) {
      if (this.#shown.has(room.id) && !(room.state.unread ?? 0) && !callsOf(room.state)) {
        this.#shown.delete(room.id);
        this.#parts.close(room.id);
      }
    }
  }

  #call(room, event) {
    if ((room.state.read ?? 0) >= event.seq) return;
    this.#shown.add(room.id); // by whichever tab: each may be the one that sees it read
    this.#parts.tabs.ifFree(`notify.${room.id}.${event.seq}`, async () => {
      const where = room.state.kind === "direct" ? "" : ` in ${room.title}`;
      await this.#parts.show({ room: room.id, seq: event.seq, title: `${event.author.name}${where}`, body: event.text.slice(0, SHOWN_CHARS) });
      await new Promise((resolve) => this.#parts.surroundings.setTimeout(() => resolve(undefined), WAIT_MS)); // for tabs that come a little later
    });
  }
}
