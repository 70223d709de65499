import { forgotten } from "./folding.js";
import { Counting } from "./counting.js";
import { Drafts } from "./drafts.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Presence } from "./presence.js";
import { ReadMarks } from "./read_marks.js";
import { RoomCache } from "./room_cache.js";
import { Rooms } from "./rooms.js";
import { Session } from "./session.js";
import { Socket } from "./socket.js";
import { Tabs } from "./tabs.js";
import { Typing } from "./typing.js";
import { WriteAhead } from "./write_ahead.js";

const LIMITS = { text_chars: 4_000, name_chars: 64, topic_chars: 250, conversation_people: 8, watched_rooms: 100 }; // until the welcome says otherwise

/** What this page is about, without the page: one person's rooms, and the connection that carries them. */
export class Client {
  #parts;
  /** @type {Map<string, import("./folding.js").Gone>} */
  #gone = new Map();
  /** @type {string[]} rooms */
  #watched = [];

  /**
   * @param {object} parts
   * @param {import("./timeline.js").Person} parts.me
   * @param {string} parts.url of the socket
   * @param {typeof WebSocket} parts.WebSocket
   * @param {typeof fetch} parts.fetch
   * @param {LockManager} [parts.locks]
   * @param {BroadcastChannel | null} [parts.channel]
   * @param {Storage} parts.storage
   * @param {Promise<import("./outbox_store.js").OutboxStore>} parts.outboxStore
   * @param {import("./surroundings.js").Surroundings} parts.surroundings
   * @param {() => void} parts.onChange something to show has changed
   * @param {(room: import("./room.js").Room, events: import("./timeline.js").RoomEvent[]) => void} parts.onNews
   * @param {(room: import("./room.js").Room) => void} parts.onSkip what happened in it meanwhile is not told
   * @param {(room: string, person: string, seq: number) => void} parts.onRead somebody else's marker
   * @param {(gone: import("./folding.js").Gone) => void} parts.onGone somebody deleted their account
   * @param {(status: import("./socket.js").Status) => void} parts.onStatus
   * @param {() => void} parts.onSignedOut
   */
  constructor(parts) {
    const { me, surroundings, onChange, onSignedOut } = parts;
    const request = (/** @type {import("./socket.js").Frame} */ frame) => this.request(frame);
    this.#parts = parts;
    this.me = me;
    this.admin = false;
    this.limits = LIMITS;
    this.people = new People();
    this.people.learn(me);
    this.presence = new Presence();
    this.typing = new Typing(surroundings, { send: (frame) => this.socket.signal(frame), onChange });
    this.drafts = new Drafts(parts.storage, me.id);
    this.counting = new Counting({ request, surroundings, onCounted: (count) => this.#counted(count) });
    this.marks = new ReadMarks({
      send: (frame) => this.socket.signal(frame),
      surroundings,
      onDoubt: (room) => this.counting.doubt(room),
    });
    this.rooms = new Rooms({ me, request, surroundings, onChange, onDoubt: (room) => this.counting.doubt(room.id), onSkip: parts.onSkip });
    this.roomCache = new RoomCache(parts.storage, me.id);
    this.rooms.restore(this.roomCache.load());
    this.tabs = new Tabs({
      personId: me.id,
      channel: parts.channel ?? null,
      locks: parts.locks,
      onMessage: (message) => message.outbox && this.outbox.changed(message.outbox),
    });
    this.outbox = new Outbox({
      store: parts.outboxStore,
      ahead: new WriteAhead(parts.storage, me.id),
      personId: me.id,
      request,
      inTurn: (room, run) => this.tabs.inTurn(`outbox.${room}`, run),
      tell: (change) => this.tabs.tell({ outbox: change }),
      seenTo: (room) => this.rooms.get(room)?.last ?? 0,
      surroundings,
      onChange,
    });
    this.session = new Session({
      surroundings,
      fetch: parts.fetch,
      locks: parts.locks,
      renew: (token) => request({ op: "renew", token }),
      signedOut: onSignedOut,
    });
    this.socket = new Socket({
      url: parts.url,
      WebSocket: parts.WebSocket,
      surroundings,
      hello: () => this.rooms.hello(),
      refresh: () => this.session.refresh(),
      onFrame: (frame) => this.#receive(frame),
      onStatus: (status) => this.#statusChanged(status),
      onSignedOut,
    });
  }

  get online() {
    return this.socket.status.phase === "open";
  }

  /** @param {import("./socket.js").Frame} frame @returns {Promise<any>} the answer; the people in it are known from then on */
  async request(frame) {
    const answer = await this.socket.request(frame);
    for (const person of answer.people ?? []) this.people.learn(person);
    for (const { person } of answer.members ?? []) this.people.learn(person);
    if (answer.events) answer.events = this.#withoutThoseGone(answer.events);
    for (const event of answer.events ?? []) this.people.learnFrom(event);
    return answer;
  }

  /** @param {string} room @param {string} text @param {number} [replyTo] */
  say(room, text, replyTo) {
    this.outbox.add({ id: this.#parts.surroundings.uuid(), room, text, reply_to: replyTo });
    this.typing.sent(room);
  }

  /** The rooms on the screen. @param {string[]} rooms the most important first */
  watch(rooms) {
    const watched = rooms.slice(0, this.limits.watched_rooms);
    if (watched.join() === this.#watched.join()) return;
    this.#watched = watched;
    this.presence.watching(watched);
    this.socket.signal({ op: "watch", rooms: watched });
  }

  /** The page may go, and with it what happened to its rooms since the welcome. Not signed out: then nothing is to stay. */
  remember() {
    if (this.online) this.roomCache.save(this.rooms.states);
  }

  /** The page is going: what was read is told, and goodbye said. */
  leave() {
    this.remember();
    this.marks.tell();
    this.socket.leave();
  }

  /** @param {any} frame JSON from the server, of which each op has fields of its own */
  #receive(frame) {
    switch (frame.op) {
      case "welcome":
        return this.#welcome(frame);
      case "events":
        return this.#events(frame);
      case "limited":
        this.rooms.get(frame.room)?.limited(frame.head);
        return this.outbox.settle(frame.room);
      case "room":
        for (const person of frame.room.people ?? []) this.people.learn(person);
        return this.rooms.told(frame.room);
      case "gone":
        return this.rooms.gone(frame.room);
      case "erased":
        return this.#forget({ id: frame.person, erased: true });
      case "read":
        return this.#read(frame);
      case "typing":
        for (const person of frame.people) this.people.learn(person);
        return this.typing.told(frame);
      case "presence":
        this.presence.told(frame);
        return this.#parts.onChange();
      case "error":
        return console.warn("The server refused a frame:", frame.code, frame.message);
      // Any other op is from a newer server, and none of this version's business.
    }
  }

  /** Somebody deleted their account; each of their rooms tells it. @param {import("./folding.js").Gone} told */
  #forget({ id, name, erased = false }) {
    const before = this.#gone.get(id);
    const gone = { id, name: name ?? before?.name, erased: erased || (before?.erased ?? false) };
    if (before && before.name === gone.name && before.erased === gone.erased) return;
    this.#gone.set(id, gone);
    for (const room of this.rooms.all) room.forget(gone);
    this.#parts.onGone(gone);
  }

  /** What is on its way may still have of those who are gone what is gone. @param {import("./timeline.js").RoomEvent[]} events */
  #withoutThoseGone(events) {
    return [...this.#gone.values()].reduce((left, gone) => left.map((event) => forgotten(event, gone)), events);
  }

  /** @param {{rooms: import("./room_state.js").RoomState[], epoch: string, limits?: Partial<typeof LIMITS>, admin?: boolean, expires_in: number}} frame */
  #welcome(frame) {
    this.limits = { ...LIMITS, ...frame.limits };
    this.admin = frame.admin ?? false;
    for (const room of frame.rooms) for (const person of room.people ?? []) this.people.learn(person);
    this.session.watch(frame.expires_in);
    this.rooms.welcome(frame);
    this.remember();
    this.marks.connected((id) => this.rooms.get(id));
    if (this.#watched.length) this.socket.signal({ op: "watch", rooms: this.#watched });
    this.outbox.connected();
  }

  /** @param {{room: string, events: import("./timeline.js").RoomEvent[]}} frame */
  #events({ room: id, events }) {
    const room = this.rooms.get(id);
    for (const { deleted, erased, author } of events) if (deleted) this.#forget({ ...author, erased }); // perhaps while nobody was connected here
    const kept = this.#withoutThoseGone(events);
    for (const event of kept) this.people.learnFrom(event);
    const news = room?.arrived(kept) ?? [];
    for (const event of news) if (event.type === "message") this.typing.said(id, event.author.id);
    this.outbox.arrived(news);
    this.outbox.settle(id);
    if (room) this.#parts.onNews(room, news);
  }

  /** @param {{room: string, person?: string, seq: number, unread: number, mentions: number}} frame */
  #read(frame) {
    const room = this.rooms.get(frame.room);
    if (!room) return;
    if (frame.person && frame.person !== this.me.id) this.#parts.onRead(frame.room, frame.person, frame.seq);
    else this.marks.told(frame, room);
    this.#parts.onChange();
  }

  /** @param {{room: string, read: number, unread: number, mentions: number}} count */
  #counted({ room, ...counts }) {
    this.marks.counted(room);
    this.rooms.get(room)?.change(counts);
  }

  /** @param {import("./socket.js").Status} status */
  #statusChanged(status) {
    if (status.phase !== "open") {
      this.outbox.disconnected();
      this.marks.disconnected();
      this.session.rest();
    }
    this.#parts.onStatus(status);
  }
}
