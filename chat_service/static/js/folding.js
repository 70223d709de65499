/**
 * Events folded into what a reader sees, by the rules of chat_service/timeline.py: tests/folding.json holds both to the
 * same cases, and tests/forgetting.json in what is left of deleted people. Pure: what goes in stays as it is.
 *
 * @typedef {{emoji: string, people: string[]}} Reaction
 * @typedef {object} Message
 * @property {"message"} type
 * @property {number} seq
 * @property {string} text
 * @property {string} [html] made safe by the server
 * @property {string[]} [mentions] ids of people
 * @property {number} [reply_to] @property {number} [thread] seqs
 * @property {boolean} [erased] it was deleted
 * @property {number} [edited_at] milliseconds since the epoch
 * @property {Reaction[]} [reactions] @property {boolean} [pinned] @property {number} [replies]
 */

const MAX_REPLIES_COUNTED = 1000; // stands for more

export const NOTHING_SAID = {
  text: "",
  html: undefined,
  mentions: undefined,
  edited_at: undefined,
  reactions: undefined,
  pinned: undefined,
  erased: true,
};

/**
 * @typedef {import("./timeline.js").RoomEvent} RoomEvent
 * @typedef {import("./timeline.js").Person} Person
 * @typedef {{type: string, author: Person, person?: Person, people?: Person[]}} Event whatever names people
 *
 * @typedef {object} Gone somebody who deleted their account
 * @property {string} id
 * @property {string} [name] the one that is left of them, once a room's log has told it
 * @property {boolean} [erased] whether all that they said is gone too
 */

/** @type {Record<string, (message: {reactions?: Reaction[]}, event: RoomEvent) => object>} */
const RULES = {
  edit: (message, { erased, text, html, mentions, at }) =>
    erased ? NOTHING_SAID : { text, html, mentions, edited_at: at }, // erased by a deletion that is still to come
  delete: () => NOTHING_SAID,
  react: ({ reactions = [] }, { emoji, author }) => ({ reactions: withReaction(reactions, emoji, author.id) }),
  unreact: ({ reactions = [] }, { emoji, author }) => ({ reactions: withoutReaction(reactions, emoji, author.id) }),
  pin: () => ({ pinned: true }),
  unpin: () => ({ pinned: undefined }),
};

/** @returns {number | undefined} the seq of the message that this event changes, if it does @param {RoomEvent} event */
export function changes({ type, target, thread }) {
  if (type === "message") return thread;
  return Object.hasOwn(RULES, type) ? target : undefined;
}

/**
 * The message as it is before anything that follows it; one of a page stays as it is.
 *
 * @template {{erased?: boolean}} M @param {M} message @returns {M}
 */
export const asSent = (message) => (message.erased ? { ...message, ...NOTHING_SAID } : message);

/**
 * The message after `change`, which `changes` it, and comes after all that it has seen.
 *
 * @template {{erased?: boolean, replies?: number, reactions?: Reaction[]}} M @param {M} message @param {RoomEvent} change @returns {M}
 */
export function fold(message, change) {
  if (change.type === "message") return { ...message, replies: Math.min((message.replies ?? 0) + 1, MAX_REPLIES_COUNTED) };
  if (message.erased || !Object.hasOwn(RULES, change.type)) return message;
  return { ...message, ...RULES[change.type](message, change) };
}

/**
 * An event once somebody deleted their account: with the name that is left, and without their text if that is gone too.
 *
 * @template {Event} E @param {E} event @param {Gone} gone @returns {E} the same one where it does not name them
 */
export function forgotten(event, { id, name, erased }) {
  const theirs = event.author.id === id;
  if (!theirs && event.person?.id !== id && !event.people?.some((person) => person.id === id)) return event;
  const called = (/** @type {Person} */ person) => (person.id === id ? { ...person, name: name ?? person.name } : person);
  const left = { ...event, author: called(event.author), person: event.person && called(event.person), people: event.people?.map(called) };
  return theirs && erased && (event.type === "message" || event.type === "edit") ? { ...left, ...NOTHING_SAID } : left;
}

/** @param {Reaction[]} reactions @param {string | undefined} emoji @param {string} person */
function withReaction(reactions, emoji, person) {
  const given = reactions.find((reaction) => reaction.emoji === emoji);
  if (!given) return [...reactions, { emoji, people: [person] }];
  if (given.people.includes(person)) return reactions;
  return reactions.map((reaction) => (reaction === given ? { emoji, people: [...given.people, person] } : reaction));
}

/** @param {Reaction[]} reactions @param {string | undefined} emoji @param {string} person */
function withoutReaction(reactions, emoji, person) {
  return reactions
    .map((reaction) => (reaction.emoji === emoji ? { emoji, people: reaction.people.filter((other) => other !== person) } : reaction))
    .filter((reaction) => reaction.people.length);
}
