import { Room } from "./room.js";

/** The rooms one is in, as the server tells of them. */
export class Rooms {
  #parts;
  /** @type {string | null} */
  #epoch = null;
  /** @type {Map<string, Room>} */
  #rooms = new Map();

  /**
   * @param {object} parts
   * @param {import("./timeline.js").Person} parts.me
   * @param {(frame: import("./socket.js").Frame) => Promise<any>} parts.request
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange
   * @param {(room: Room) => void} parts.onDoubt
   * @param {(room: Room) => void} parts.onSkip
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Whether the server has told which rooms there are. */
  get known() {
    return this.#epoch !== null;
  }

  /** @returns {Room[]} */
  get all() {
    return [...this.#rooms.values()];
  }

  /** As a welcome would tell them now. @returns {import("./room_state.js").RoomState[]} */
  get states() {
    return this.all.map(({ state, last }) => ({ ...state, head: last }));
  }

  /** @param {string} id @returns {Room | undefined} */
  get(id) {
    return this.#rooms.get(id);
  }

  /** What the first frame asks for: whatever was missed. @returns {object} */
  hello() {
    if (!this.known) return {};
    return { resume: { epoch: this.#epoch, rooms: Object.fromEntries(this.all.map((room) => [room.id, room.last])) } };
  }

  /** What was known when the page was last open: shown until the server tells. @param {import("./room_state.js").RoomState[]} states */
  restore(states) {
    for (const state of states) this.#told(state, false);
  }

  /** @param {{epoch: string, rooms: import("./room_state.js").RoomState[]}} frame */
  welcome({ epoch, rooms }) {
    const resumes = this.#epoch === epoch; // another: restored from a backup, so what is known may never have happened
    this.#epoch = epoch;
    const ids = new Set(rooms.map((room) => room.id));
    for (const id of this.#rooms.keys()) if (!ids.has(id)) this.#rooms.delete(id);
    for (const state of rooms) this.#told(state, resumes);
    this.#parts.onChange();
  }

  /** One is in this room, or its state for oneself changed. @param {import("./room_state.js").RoomState} state */
  told(state) {
    this.#told(state, this.#rooms.has(state.id));
    this.#parts.onChange();
  }

  /** @param {string} id */
  gone(id) {
    this.#rooms.delete(id);
    this.#parts.onChange();
  }

  /** @param {import("./room_state.js").RoomState} state @param {boolean} resumes */
  #told(state, resumes) {
    const room = this.#rooms.get(state.id);
    if (room) room.told(state, resumes);
    else this.#rooms.set(state.id, new Room({ ...this.#parts, state }));
  }
}
