const HUES = 12;

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

/** @param {number} at @returns {string} 14:03, as the reader's locale writes it */
export const timeOf = (at) => clock.format(at);

/** @param {number} at @returns {string} day, date and time to the second */
export const exactTimeOf = (at) => exact.format(at);

/** @param {number} at @returns {string} the reader's local day, as year-month-day */
export function dayOf(at) {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** @param {number} at @param {number} now @returns {string} Today, Yesterday, Monday, 17 November, with the year if another */
export function dayLabelOf(at, now) {
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dayOf(at) === dayOf(now)) return "Today";
  if (dayOf(at) === dayOf(yesterday.getTime())) return "Yesterday";
  return new Date(at).getFullYear() === today.getFullYear() ? day.format(at) : dayAndYear.format(at);
}

/** @param {string} name @returns {string} AL for ada.lovelace, AD for ada */
export function initialsOf(name) {
  const parts = name.split(/[\s._-]+/u).filter(Boolean);
  const letters = parts.length > 1 ? [parts[0], parts[parts.length - 1]].map((part) => [...part][0]) : [...(parts[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** @param {string} personId @returns {number} 0 to 11: a colour that stays with a person whatever they call themselves */
export function hueOf(personId) {
  let hash = 0x811c9dc5; // FNV-1a: spreads ids that differ in one character
  for (const character of personId) hash = Math.imul(hash ^ Number(character.codePointAt(0)), 0x01000193) >>> 0;
  return hash % HUES;
}

/** @param {string} text @returns {number} characters as the server counts them: code points, not UTF-16 units */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** @param {string} text @returns {boolean} one to three emoji and nothing else */
export function isEmoji(text) {
  return /^(?:(?:\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\ufe0f|[\u{1f3fb}-\u{1f3ff}])*)\s*){1,3}$/u.test(text);
}
