import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Room } from "./room.js";
import { Session } from "./session.js";
import { Socket } from "./socket.js";

const TEXT_CHARS = 4000; // until the welcome says otherwise

/** What this page is about, without the page: one person in one room, and the connection that carries it. */
export class Conversation {
  #me;
  #roomId;
  #onChange;
  #onStatus;
  #epoch = null;

  /**
   * @param {object} parts
   * @param {import("./timeline.js").Person} parts.me
   * @param {string} parts.roomId
   * @param {string} parts.url of the socket
   * @param {typeof WebSocket} parts.WebSocket
   * @param {typeof fetch} parts.fetch
   * @param {LockManager} [parts.locks]
   * @param {Storage} parts.storage
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange something to show has changed
   * @param {(status: import("./socket.js").Status) => void} parts.onStatus
   * @param {() => void} parts.onSignedOut
   */
  constructor({ me, roomId, url, WebSocket, fetch, locks, storage, surroundings, onChange, onStatus, onSignedOut }) {
    this.#me = me;
    this.#roomId = roomId;
    this.#onChange = onChange;
    this.#onStatus = onStatus;
    const request = (frame) => this.socket.request(frame);

    this.textChars = TEXT_CHARS;
    this.notices = new Notices(me.id, surroundings.now);
    this.presence = new Presence(surroundings, {
      onCame: (person) => this.#tell("came", person),
      onLeft: (person) => this.#tell("left", person),
    });
    this.outbox = new Outbox({ storage, personId: me.id, request, surroundings, onChange });
    this.room = new Room({ id: roomId, request, surroundings, onChange: () => this.#roomChanged() });
    this.session = new Session({
      surroundings,
      fetch,
      locks,
      renew: (token) => request({ op: "renew", token }),
      signedOut: onSignedOut,
    });
    this.socket = new Socket({
      url,
      WebSocket,
      surroundings,
      hello: () => this.#hello(),
      refresh: () => this.session.refresh(),
      onFrame: (frame) => this.#receive(frame),
      onStatus: (status) => this.#statusChanged(status),
      onSignedOut,
    });
  }

  get timeline() {
    return this.room.timeline;
  }

  get pending() {
    return this.outbox.pending(this.#roomId);
  }

  /** @param {string} id a fresh UUID @param {string} text */
  say(id, text) {
    this.outbox.add(id, this.#roomId, text);
  }

  #hello() {
    const seq = this.room.resumeAfter;
    return seq === null ? {} : { resume: { epoch: this.#epoch, rooms: { [this.#roomId]: seq } } };
  }

  #receive(frame) {
    switch (frame.op) {
      case "welcome":
        return this.#welcome(frame);
      case "events":
        return frame.room === this.#roomId && this.room.arrived(frame.events);
      case "limited":
        return frame.room === this.#roomId && this.room.limited();
      case "presence":
        this.presence.update(frame);
        return this.#onChange();
      case "error":
        return console.warn("The server refused a frame:", frame.code, frame.message);
      // Any other op is from a newer server, and none of this version's business.
    }
  }

  #welcome({ epoch, expires_in: expiresIn, limits }) {
    const sameLog = this.#epoch === null || this.#epoch === epoch;
    this.#epoch = epoch;
    this.textChars = limits.text_chars;
    this.session.watch(expiresIn);
    this.room.connected(sameLog);
    this.outbox.connected();
  }

  #tell(kind, person) {
    this.notices.tell(kind, person, this.timeline.last);
    this.#onChange();
  }

  #roomChanged() {
    if (this.timeline.anchored) this.outbox.settle(this.#roomId, this.timeline, this.#me.id);
    this.#onChange();
  }

  #statusChanged(status) {
    if (status.phase !== "open") {
      this.outbox.disconnected();
      this.session.rest();
    }
    this.#onStatus(status);
  }
}
