/** What somebody may do in a room: an owner ranks above a moderator, a moderator above a member. */

const RANKS = { member: 0, moderator: 1, owner: 2 };

/** An administrator of the installation ranks as an owner in every public room. @param {import("./room_state.js").RoomState} state @param {boolean} admin */
export function rankOf(state, admin) {
  if (state.kind === "direct") return 0;
  return admin && state.kind === "public" ? RANKS.owner : RANKS[state.role ?? "member"];
}

/** @param {import("./room_state.js").RoomState} state @param {boolean} admin */
export const mayModerate = (state, admin) => rankOf(state, admin) >= RANKS.moderator;
/** @param {import("./room_state.js").RoomState} state @param {boolean} admin */
export const mayOwn = (state, admin) => rankOf(state, admin) >= RANKS.owner;
/** @param {import("./room_state.js").RoomState} state @param {boolean} admin */
export const mayPin = (state, admin) => state.kind === "direct" || mayModerate(state, admin);
/** @param {import("./room_state.js").RoomState} state @param {boolean} admin */
export const mayInvite = (state, admin) => state.kind === "public" || mayModerate(state, admin);

/** @param {import("./room_state.js").RoomState} state @param {boolean} admin @param {"owner" | "moderator" | "member"} [role] of the other */
export const mayModeratePerson = (state, admin, role = "member") => mayModerate(state, admin) && rankOf(state, admin) > RANKS[role];
