const GATHER_MS = 300; // a burst of messages moves the marker once
const NOTICED_MS = 40_000; // within this a dead connection is noticed (heartbeat.js): what was told before that has arrived

/** How far one has read: told to the server, which tells one's other tabs and devices. */
export class ReadMarks {
  #send;
  #surroundings;
  #onDoubt;
  /** @type {Map<string, {seq: number, back?: boolean}>} by room */
  #untold = new Map();
  /** Those that went out, by room: a marker is not answered. @type {Map<string, {seq: number, at: number}>} */
  #told = new Map();
  /** @type {Set<string>} rooms */
  #held = new Set();
  #timer = null;

  /**
   * @param {object} parts
   * @param {(frame: object) => boolean} parts.send whether it went out
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {(room: string) => void} parts.onDoubt
   */
  constructor({ send, surroundings, onDoubt }) {
    this.#send = send;
    this.#surroundings = surroundings;
    this.#onDoubt = onDoubt;
  }

  /** One has seen everything up to `seq`. @param {import("./room.js").Room} room @param {number} seq */
  reached(room, seq) {
    if (seq <= (room.state.read ?? 0) || this.#held.has(room.id)) return;
    this.#move(room, seq);
    this.#untold.set(room.id, { seq });
    if (this.#timer === null) this.#timer = this.#surroundings.setTimeout(() => this.tell(), GATHER_MS);
  }

  /** One wants to come back to `seq`: it and what follows counts as unread, until one has left the room. @param {import("./room.js").Room} room @param {number} seq */
  markUnread(room, seq) {
    this.#held.add(room.id);
    this.#told.delete(room.id);
    this.#untold.set(room.id, { seq: seq - 1, back: true });
    this.tell();
    this.#move(room, seq - 1);
  }

  /** The server counted from a marker: it knows of one that went back before it was asked. @param {string} room */
  counted(room) {
    if (this.#untold.get(room)?.back) this.#untold.delete(room);
  }

  /** @param {string} room */
  left(room) {
    this.#held.delete(room);
  }

  /** @param {{room: string, seq: number, unread: number, mentions: number}} frame @param {import("./room.js").Room} room */
  told({ seq, unread = 0, mentions = 0 }, room) {
    this.#told.delete(room.id); // whichever came later, it is there
    room.change({ read: seq, unread, mentions });
  }

  /** What went out just before may have gone down with the connection. */
  disconnected() {
    const since = this.#surroundings.now() - NOTICED_MS;
    for (const [room, { seq, at }] of this.#told) if (at >= since && !this.#untold.has(room)) this.#untold.set(room, { seq });
    this.#told.clear();
  }

  /** The server has told its markers: what it does not know of yet is told again. @param {(id: string) => import("./room.js").Room | undefined} find */
  connected(find) {
    for (const [id, { seq, back }] of this.#untold) {
      const room = find(id);
      if (!room || (!back && seq <= (room.state.read ?? 0))) this.#untold.delete(id);
      else this.#move(room, seq);
    }
    this.tell();
  }

  /** What the server does not know yet, without waiting for more. One that goes back was asked for, so it is told until the server has counted from it. */
  tell() {
    this.#surroundings.clearTimeout(this.#timer);
    this.#timer = null;
    for (const [room, mark] of this.#untold) {
      if (!this.#send({ op: "read", room, ...mark }) || mark.back) continue;
      this.#untold.delete(room);
      this.#told.set(room, { seq: mark.seq, at: this.#surroundings.now() });
    }
  }

  /** @param {import("./room.js").Room} room @param {number} seq */
  #move(room, seq) {
    if (seq >= Math.max(room.last, room.state.head)) room.change({ read: seq, unread: 0, mentions: 0 });
    else {
      room.change({ read: seq });
      this.#onDoubt(room.id);
    }
  }
}
