const ROOM = /^\/rooms\/([^/]{1,64})(?:\/(\d{1,15}))?$/;

/**
 * @typedef {object} Goal where one wants to be
 * @property {string} room
 * @property {number | null} seq of a message in it
 * @property {boolean} [isLink] it was asked for by its address
 * @property {boolean} [isComing] the server tells of it in a moment
 * @property {boolean} [isStep] one has not stepped there yet
 */

/**
 * Where an address leads: a room, and perhaps a message in it.
 *
 * @param {string} path
 * @returns {{room: string, seq: number | null} | null}
 */
export function placeOf(path) {
  const found = ROOM.exec(path);
  if (!found) return null;
  try {
    return { room: decodeURIComponent(found[1]), seq: found[2] ? Number(found[2]) : null };
  } catch {
    return null; // a broken escape
  }
}

/** @param {string} room @param {number | null} [seq] @returns {string} */
export const pathOf = (room, seq = null) => `/rooms/${encodeURIComponent(room)}${seq === null ? "" : `/${seq}`}`;
