import { fit, ranked } from "./ranking.js";

const RECENT_KEY = "parley.emoji";
const MOST_RECENT = 16;
const FIRST = ["👍", "❤️", "😂", "🎉", "🙏", "👀", "✅", "🚀"]; // until one has used some

/** @typedef {{emoji: string, names: string[]}} Named */

/** Emoji and their short names, as the server has them, and those that this person takes most. */
export class Emoji {
  #fetch;
  #storage;
  /** @type {Promise<Named[]> | null} */
  #loading = null;
  /** @type {Named[]} */
  #all = [];

  /** @param {typeof globalThis.fetch} fetch @param {Storage} storage */
  constructor(fetch, storage) {
    this.#fetch = fetch;
    this.#storage = storage;
  }

  get isLoaded() {
    return this.#all.length > 0;
  }

  /** @returns {Promise<Named[]>} asked for once; empty, and asked for again next time, without a connection */
  load() {
    this.#loading ??= this.#get().catch(() => {
      this.#loading = null;
      return [];
    });
    return this.#loading;
  }

  /** @param {string} query @param {number} [most] @returns {Named[]} best first, of what is loaded */
  find(query, most = 200) {
    const bare = query.replace(/^:|:$/g, "").replaceAll(" ", "_");
    if (!bare) return this.#all.slice(0, most);
    const best = (/** @type {Named} */ { names }) => names.reduce((one, other) => (fit(bare, other) > fit(bare, one) ? other : one));
    return ranked(bare, this.#all.filter((named) => fit(bare, best(named)) > 1), best).slice(0, most);
  }

  /** @param {string} emoji @returns {string} its short name, or itself */
  nameOf(emoji) {
    return this.#all.find((other) => other.emoji === emoji)?.names[0] ?? emoji;
  }

  /** @returns {string[]} */
  get recent() {
    try {
      const kept = JSON.parse(this.#storage.getItem(RECENT_KEY) ?? "[]");
      return [...new Set([...kept, ...FIRST])].slice(0, MOST_RECENT);
    } catch {
      return FIRST; // spoilt by whoever: not worth a word
    }
  }

  /** @param {string} emoji */
  used(emoji) {
    try {
      this.#storage.setItem(RECENT_KEY, JSON.stringify([emoji, ...this.recent.filter((other) => other !== emoji)].slice(0, MOST_RECENT)));
    } catch {
      // A full storage forgets favourites first.
    }
  }

  async #get() {
    const answer = await this.#fetch("/api/emoji", { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`emoji were answered ${answer.status}`);
    const told = await answer.json();
    this.#all = (told.emoji ?? told).map((/** @type {string[]} */ [emoji, ...names]) => ({ emoji, names }));
    return this.#all;
  }
}
