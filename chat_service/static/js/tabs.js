/** One person's tabs: they tell each other what changed, and take turns where only one may act. */
export class Tabs {
  #channel;
  #locks;
  #personId;

  /**
   * @param {object} parts
   * @param {string} parts.personId
   * @param {BroadcastChannel | null} parts.channel
   * @param {LockManager} [parts.locks] without it, each tab takes itself for the only one
   * @param {(message: any) => void} parts.onMessage
   */
  constructor({ personId, channel, locks, onMessage }) {
    this.#personId = personId;
    this.#channel = channel;
    this.#locks = locks;
    if (channel) channel.onmessage = ({ data }) => data.person === personId && onMessage(data);
  }

  /** @param {object} message to the other tabs */
  tell(message) {
    this.#channel?.postMessage({ ...message, person: this.#personId });
  }

  /** @template T @param {string} what @param {() => Promise<T>} run @returns {Promise<T>} */
  async inTurn(what, run) {
    return this.#locks ? this.#locks.request(`parley.${this.#personId}.${what}`, run) : run();
  }

  /** Runs only if no other tab is at it. @param {string} what @param {() => Promise<void>} run */
  async ifFree(what, run) {
    if (!this.#locks) return run();
    await this.#locks.request(`parley.${this.#personId}.${what}`, { ifAvailable: true }, (lock) => lock && run());
  }
}
