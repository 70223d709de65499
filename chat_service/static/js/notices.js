const MINUTE_MS = 60_000;
const SOMEBODY = { id: "", name: "somebody" };
/** @type {Record<string, string>} */
const ROLES = { owner: "an owner", moderator: "a moderator", member: "a member" };

/**
 * What happened to a room, in words: texts, and between them the people, whose names are theirs.
 *
 * @param {import("./rows.js").Said} entry
 * @param {import("./timeline.js").Person[]} people who did it, together
 * @returns {(string | import("./timeline.js").Person)[]}
 */
export function noticeOf(entry, people) {
  const { author, person = SOMEBODY } = entry;
  switch (entry.type) {
    case "create":
      return entry.kind === "direct" ? ["This conversation began"] : [author, " created this room"];
    case "join":
      return [...listed(people), " joined"];
    case "leave":
      return [...listed(people), " left"];
    case "invite":
      return [author, " added ", person];
    case "remove":
      return [author, " removed ", person];
    case "ban":
      return [author, " banned ", person];
    case "unban":
      return [author, " lifted the ban of ", person];
    case "mute":
      return [author, " muted ", person, ` for ${durationOf((entry.until ?? entry.at) - entry.at)}`];
    case "unmute":
      return [author, " unmuted ", person];
    case "role":
      if (entry.author.id === entry.person?.id && entry.role === "owner") return [author, " owns this room now"];
      return [author, " made ", person, ` ${ROLES[entry.role ?? ""] ?? entry.role}`];
    case "rename":
      return [author, ` renamed the room to “${entry.name}”`];
    case "topic":
      return [author, entry.topic ? ` set the topic: ${entry.topic}` : " removed the topic"];
    case "archive":
      return [author, " archived the room"];
    case "unarchive":
      return [author, " opened the room again"];
    case "slow_mode":
      return [author, entry.seconds ? ` set slow mode: one message every ${durationOf(entry.seconds * 1000)}` : " ended slow mode"];
    default:
      return [];
  }
}

/** @param {number} milliseconds @returns {string} 30 seconds, 5 minutes, 2 hours, 7 days */
export function durationOf(milliseconds) {
  const minutes = milliseconds / MINUTE_MS;
  if (minutes < 1) return counted(Math.round(milliseconds / 1000), "second");
  if (minutes < 60) return counted(Math.round(minutes), "minute");
  if (minutes < 48 * 60) return counted(Math.round(minutes / 60), "hour");
  return counted(Math.round(minutes / 60 / 24), "day");
}

/** @template T @param {T[]} items @param {number} [most] @returns {(T | string)[]} Ada, Bob and 3 others */
export function listed(items, most = 3) {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  const more = items.length - shown.length;
  const parts = /** @type {(T | string)[]} */ (more ? [...shown, `${more} others`] : [...shown]);
  return parts.flatMap((part, index) => (index === 0 ? [part] : [index === parts.length - 1 ? " and " : ", ", part]));
}

/** @param {number} count @param {string} word @returns {string} */
export const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
