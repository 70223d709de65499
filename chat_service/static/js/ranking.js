/**
 * How well a query fits a name: what begins with it, then what has a word that does, then what has its letters in order.
 *
 * @param {string} query
 * @param {string} name
 * @returns {number} 0 for not at all
 */
export function fit(query, name) {
  const wanted = folded(query);
  const given = folded(name);
  if (!wanted) return 1;
  if (given === wanted) return 5;
  if (given.startsWith(wanted)) return 4;
  if (given.split(/[\s._/-]+/u).some((/** @type {string} */ word) => word.startsWith(wanted))) return 3;
  if (given.includes(wanted)) return 2;
  return inOrder(wanted, given) ? 1 : 0;
}

/**
 * @template T
 * @param {string} query
 * @param {T[]} items
 * @param {(item: T) => string} nameOf
 * @param {(item: T) => number} [weightOf] between equally good ones, more is better
 * @returns {T[]} those that fit, best first
 */
export function ranked(query, items, nameOf, weightOf = () => 0) {
  return items
    .map((item) => ({ item, fit: fit(query, nameOf(item)), weight: weightOf(item), name: nameOf(item) }))
    .filter(({ fit }) => fit > 0)
    .sort((one, other) => other.fit - one.fit || other.weight - one.weight || one.name.length - other.name.length || one.name.localeCompare(other.name))
    .map(({ item }) => item);
}

/** @param {string} text */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {string} wanted @param {string} given */
function inOrder(wanted, given) {
  let from = 0;
  for (const character of wanted) {
    from = given.indexOf(character, from) + 1;
    if (from === 0) return false;
  }
  return wanted.length > 1;
}
