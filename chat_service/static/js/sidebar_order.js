import { callsOf } from "./room_state.js";

/**
 * The rooms as the sidebar has them: rooms by name, conversations with those that call first.
 *
 * @param {import("./room.js").Room[]} rooms
 * @returns {{rooms: import("./room.js").Room[], conversations: import("./room.js").Room[]}}
 */
export function grouped(rooms) {
  const byTitle = (/** @type {import("./room.js").Room} */ one, /** @type {import("./room.js").Room} */ other) => one.title.localeCompare(other.title);
  const open = rooms.filter((room) => room.state.kind !== "direct");
  const direct = rooms.filter((room) => room.state.kind === "direct");
  return {
    rooms: open.sort((one, other) => Number(one.state.archived ?? false) - Number(other.state.archived ?? false) || byTitle(one, other)),
    conversations: direct.sort(byTitle),
  };
}

/** @param {import("./room.js").Room[]} rooms in the sidebar's order @param {string | undefined} current @param {number} by @param {boolean} unreadOnly */
export function neighbour(rooms, current, by, unreadOnly) {
  const start = rooms.findIndex((room) => room.id === current);
  for (let step = 1; step <= rooms.length; step += 1) {
    const room = rooms[(start + by * step + rooms.length * step) % rooms.length];
    if (room && room.id !== current && (!unreadOnly || isUnread(room.state))) return room;
  }
  return undefined;
}

/** @param {import("./room_state.js").RoomState} state */
export const isUnread = (state) => (state.unread ?? 0) > 0 && state.level !== "nothing";

/** What all rooms together call for: for the title and the badge. @param {import("./room.js").Room[]} rooms */
export function totals(rooms) {
  return {
    calls: rooms.reduce((sum, { state }) => sum + callsOf(state), 0),
    unread: rooms.filter(({ state }) => isUnread(state)).length,
  };
}
