const LASTS_MS = 5_000;
const AGAIN_MS = 3_000;
/** What servers gathered of somebody's typing may arrive so much later than what they were typing. */
const LATE_MS = 2_500;

/** Who is typing where, and telling others that one is. */
export class Typing {
  #surroundings;
  #send;
  #onChange;
  /** @type {Map<string, {people: import("./timeline.js").Person[], until: number}>} */
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
    const { until = 0, people = [] } = this.#rooms.get(room) ?? {};
    return until > now ? people : [];
  }

  /** @param {{room: string, people: import("./timeline.js").Person[]}} frame all who are, in the place of those before */
  told({ room, people: told }) {
    const now = this.#surroundings.now();
    const people = told.filter(({ id }) => now - (this.#saidAt.get(`${room} ${id}`) ?? -LATE_MS) >= LATE_MS);
    this.#rooms.set(room, { people, until: now + LASTS_MS });
    this.#surroundings.setTimeout(this.#onChange, LASTS_MS);
    this.#onChange();
  }

  /** What somebody was typing is here. @param {string} room @param {string} person */
  said(room, person) {
    const key = `${room} ${person}`;
    this.#saidAt.set(key, this.#surroundings.now());
    this.#surroundings.setTimeout(() => this.#saidAt.delete(key), LATE_MS);
    const typing = this.#rooms.get(room);
    if (typing) typing.people = typing.people.filter((other) => other.id !== person);
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
}
