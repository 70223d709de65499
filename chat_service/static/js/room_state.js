/**
 * @typedef {object} RoomState a room as the server tells it to one member; what has its default value may be missing
 * @property {string} id
 * @property {string} name
 * @property {"public" | "private" | "direct"} kind
 * @property {string} [topic]
 * @property {boolean} [archived]
 * @property {number} [slow_mode] seconds
 * @property {import("./timeline.js").Person[]} [people] of a direct conversation
 * @property {number} head
 * @property {number} [read]
 * @property {number} [unread]
 * @property {number} [mentions]
 * @property {"owner" | "moderator" | "member"} [role]
 * @property {"all" | "mentions" | "nothing"} [level]
 * @property {number} [muted_until] milliseconds since the epoch
 */

const MOST_COUNTED = 1_000; // as the server: more is "very many"

/**
 * The room after an event: the server tells a room's state once, and what happens to it from then on only as events.
 *
 * @param {RoomState} state
 * @param {import("./timeline.js").RoomEvent} event
 * @param {string} me
 * @returns {RoomState} the same one where nothing changed
 */
export function after(state, event, me) {
  const mine = event.person?.id === me;
  switch (event.type) {
    case "message":
      return counted(state, event, me);
    case "rename":
      return { ...state, name: event.name ?? state.name };
    case "topic":
      return { ...state, topic: event.topic };
    case "slow_mode":
      return { ...state, slow_mode: event.seconds };
    case "archive":
    case "unarchive":
      return { ...state, archived: event.type === "archive" };
    case "role":
      return mine ? { ...state, role: event.role } : state;
    case "mute":
      return mine ? { ...state, muted_until: event.until } : state;
    case "unmute":
      return mine ? { ...state, muted_until: 0 } : state;
    default:
      return state;
  }
}

/** Whether what is unread has to be counted anew: by a change of a message that was perhaps counted. @param {RoomState} state @param {import("./timeline.js").RoomEvent} event @param {string} me */
export function shakesCounts(state, event, me) {
  if (!state.unread && !event.mentions?.includes(me)) return false;
  return (event.type === "delete" || event.type === "edit") && (event.target ?? 0) > (state.read ?? 0);
}

/** @param {RoomState} state @param {import("./timeline.js").RoomEvent} event @param {string} me */
function counted(state, { seq, author, mentions, erased }, me) {
  if (author.id === me || erased || seq <= (state.read ?? 0) || seq <= state.head) return state;
  return {
    ...state,
    unread: Math.min(MOST_COUNTED, (state.unread ?? 0) + 1),
    mentions: (state.mentions ?? 0) + (mentions?.includes(me) ? 1 : 0),
  };
}

/** @param {RoomState} state @param {string} me @returns {string} what people call the room */
export function titleOf(state, me) {
  if (state.kind !== "direct") return state.name;
  const others = (state.people ?? []).filter((person) => person.id !== me);
  return others.map((person) => person.name).join(", ") || state.name || "Only you";
}

/** How loudly a room calls: in a direct conversation every message is meant for oneself. @param {RoomState} state */
export function callsOf(state) {
  if (state.level === "nothing") return 0;
  return state.kind === "direct" ? (state.unread ?? 0) : (state.mentions ?? 0);
}
