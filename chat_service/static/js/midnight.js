/**
 * Tells each time a new day begins for the reader, since what is called today is called yesterday then. A machine that slept
 * over midnight is late: its page is drawn anyway when it is looked at again.
 *
 * @param {import("./surroundings.js").Surroundings} surroundings
 * @param {() => void} tell
 */
export function eachMidnight(surroundings, tell) {
  const now = new Date(surroundings.now());
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  surroundings.setTimeout(() => {
    tell();
    eachMidnight(surroundings, tell);
  }, tomorrow.getTime() - now.getTime());
}
