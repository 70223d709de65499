const LASTS_MS = 5_000;
const AGAIN_MS = 3_000;
/** What servers gathered of somebody's typing may arrive so much later than what they were typing. */
const LATE_MS = 2_500;

/** Who is typing where, and telling others that one is. */
export class Typing {
  #surroundings;
  #send;
  #onChange;
  /** @type {Map<string, Map<string, {person: import("./timeline.js").Person, until: number}>>} by room and person */
  #rooms = new Map();
  /** @type {Map<string, number>} */
  #toldAt = new Map();
  /** @type {Map<string, number>} */
  #saidAt = new Map();

  /**
   * @param {import("./surroundings.js").Surroundings} surroundings
   * @param {{send: (frame: object) => void, onChange: () => void}} actions
   */
  constructor(surroundings, { send, onChange }) {
    this.#surroundings = surroundings;
    this.#send = send;
    this.#onChange = onChange;
  }

  /** @param {string} room @returns {import("./timeline.js").Person[]} */
  in(room) {
    const now = this.#surroundings.now();
    return [...(this.#rooms.get(room)?.values() ?? [])].filter(({ until }) => until > now).map(({ person }) => person);
  }

  /** @param {{room: string, people: import("./timeline.js").Person[]}} frame who typed since the last one: others may be at it still */
  told({ room, people }) {
    const now = this.#surroundings.now();
    const typing = new Map([...(this.#rooms.get(room) ?? [])].filter(([, { until }]) => until > now));
    for (const person of people) if (!this.#hasJustSaid(room, person.id)) typing.set(person.id, { person, until: now + LASTS_MS });
    this.#rooms.set(room, typing);
    this.#surroundings.setTimeout(this.#onChange, LASTS_MS);
    this.#onChange();
  }

  /** What somebody was typing is here. @param {string} room @param {string} person */
  said(room, person) {
    const key = `${room} ${person}`;
    this.#saidAt.set(key, this.#surroundings.now());
    this.#surroundings.setTimeout(() => this.#hasJustSaid(room, person) || this.#saidAt.delete(key), LATE_MS);
    this.#rooms.get(room)?.delete(person);
  }

  /** One is typing; told to the others now and then. @param {string} room */
  typed(room) {
    const now = this.#surroundings.now();
    if (now - (this.#toldAt.get(room) ?? 0) < AGAIN_MS) return;
    this.#toldAt.set(room, now);
    this.#send({ op: "typing", room });
  }

  /** One's message is out: the next one is told at once. @param {string} room */
  sent(room) {
    this.#toldAt.delete(room);
  }

  /** @param {string} room @param {string} person */
  #hasJustSaid(room, person) {
    return this.#surroundings.now() - (this.#saidAt.get(`${room} ${person}`) ?? -Infinity) < LATE_MS;
  }
}
