const NAME = /(?:^|[\s(>])([@#])([\p{L}\p{N}._-]{0,32})$/u;
const EMOJI = /(?:^|[\s(>])(:)([\p{L}\p{N}_+-]{2,32})$/u; // from two letters on: ":)" and "3:1" are not on the way to one

/**
 * What is being written at the caret that can be completed.
 *
 * @param {string} text
 * @param {number} caret
 * @returns {{kind: "@" | "#" | ":", query: string, from: number} | null} `from` is where it begins, sign included
 */
export function tokenAt(text, caret) {
  const before = text.slice(0, caret);
  const found = NAME.exec(before) ?? EMOJI.exec(before);
  if (!found) return null;
  const [, kind, query] = found;
  return { kind: /** @type {"@" | "#" | ":"} */ (kind), query, from: caret - query.length - 1 };
}

/**
 * The text once something was chosen for the token.
 *
 * @param {string} text
 * @param {{from: number, query: string}} token
 * @param {string} chosen
 * @returns {{text: string, caret: number}}
 */
export function completed(text, { from, query }, chosen) {
  const after = text.slice(from + query.length + 1);
  const space = after.startsWith(" ") ? "" : " ";
  const start = `${text.slice(0, from)}${chosen}${space}`;
  return { text: start + after, caret: start.length + (space ? 0 : 1) };
}
