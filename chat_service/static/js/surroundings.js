/**
 * What the models take from the browser. They get it handed in, so that tests bring their own clock, dice and sockets.
 *
 * @typedef {object} Surroundings
 * @property {() => number} now milliseconds since the epoch
 * @property {() => number} random 0 <= n < 1
 * @property {() => string} uuid
 * @property {(then: () => void, milliseconds: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/** @type {Surroundings} */
export const browser = {
  now: () => Date.now(),
  random: () => Math.random(),
  uuid: () => crypto.randomUUID(),
  setTimeout: (then, milliseconds) => setTimeout(then, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
};
