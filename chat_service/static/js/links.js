const ADDRESS = /https?:\/\/[^\s<>"]+/giu;
const TRAILING = /[.,;:!?'*_~)\]}]$/u;
/** @type {Record<string, string>} */
const PAIRS = { ")": "(", "]": "[", "}": "{" };

/**
 * Splits a text at its web addresses. Only http and https count: any other scheme stays text, so nothing a message says can
 * run in the page.
 *
 * @param {string} text
 * @returns {{text: string, href?: string}[]} pieces that joined give the text back
 */
export function splitLinks(text) {
  const pieces = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(found);
    const href = parsed(address);
    if (!href) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** The full stop after an address ends the sentence; the bracket closes one that was opened before it. @param {string} address */
function withoutTrailing(address) {
  let kept = address;
  while (TRAILING.test(kept)) {
    const last = kept.slice(-1);
    const opening = PAIRS[last];
    if (opening && kept.split(opening).length >= kept.split(last).length) break;
    kept = kept.slice(0, -1);
  }
  return kept;
}

/** @param {string} address */
function parsed(address) {
  try {
    return new URL(address).href;
  } catch {
    return null;
  }
}
