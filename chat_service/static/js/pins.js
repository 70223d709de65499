/**
 * All pinned messages of a room, page by page, in the order in which they were said.
 *
 * @param {(frame: import("./socket.js").Frame) => Promise<import("./timeline.js").Page>} request
 * @param {string} room
 * @returns {Promise<import("./timeline.js").Entry[]>}
 */
export async function pinsOf(request, room) {
  /** @type {import("./timeline.js").Entry[]} */
  const pinned = [];
  for (let more = true; more; ) {
    const page = await request({ op: "pins", room, after: pinned.at(-1)?.seq ?? 0 });
    pinned.push(...page.events);
    more = Boolean(page.more_after && page.events.length);
  }
  return pinned.filter(({ erased }) => !erased);
}
