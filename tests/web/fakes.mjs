// Surroundings that tests hold in their hands: a clock that moves when told, dice that fall as set, sockets without a network.

export class FakeSurroundings {
  dice = 0.5;
  #now = Date.UTC(2026, 0, 15, 12);
  #timers = new Map();
  #lastTimer = 0;
  #lastUuid = 0;

  now = () => this.#now;
  random = () => this.dice;
  uuid = () => `u${(this.#lastUuid += 1)}`;
  setTimeout = (then, milliseconds) => {
    this.#timers.set((this.#lastTimer += 1), { then, due: this.#now + milliseconds });
    return this.#lastTimer;
  };
  clearTimeout = (timer) => this.#timers.delete(timer);

  /** Lets time pass: timers fire in order, and what they start runs before the next. */
  async pass(milliseconds) {
    const end = this.#now + milliseconds;
    await settled();
    for (let next; (next = this.#next(end)); await settled()) {
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next.timer);
      next.then();
    }
    this.#now = end;
  }

  #next(end) {
    const due = [...this.#timers].map(([timer, { then, due }]) => ({ timer, then, due })).filter((timer) => timer.due <= end);
    return due.sort((one, other) => one.due - other.due)[0];
  }
}

/** Until all promises that can go on have gone on. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Makes a WebSocket class whose instances are collected in `opened`, newest last. */
export function fakeWebSockets() {
  const opened = [];
  class FakeWebSocket {
    sent = [];
    constructor(url) {
      this.url = url;
      opened.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close(code) {
      this.closed = true;
      this.closeCode = code;
    }
    receive(frame) {
      this.onmessage({ data: JSON.stringify(frame) });
    }
    end(code) {
      this.onclose({ code });
    }
    welcome(more = {}) {
      this.onopen();
      this.receive({ ...WELCOME, ...more });
    }
  }
  return { FakeWebSocket, opened, last: () => opened.at(-1) };
}

const WELCOME = {
  op: "welcome",
  you: { id: "a", name: "Ada" },
  epoch: "e1",
  heartbeat: 25,
  expires_in: 590,
  limits: { text_chars: 4000 },
  rooms: [],
};

/** @returns the state of a room as the server tells it */
export const roomState = (more = {}) => ({ id: "lobby", name: "lobby", kind: "public", head: 0, ...more });

/** Lets a test answer requests when it wants to: each waits in `requests` with `frame`, `ok(answer)` and `fail(problem)`. */
export function fakeRequests() {
  const requests = [];
  const request = (frame) => new Promise((resolve, reject) => requests.push({ frame, ok: resolve, fail: reject }));
  return { requests, request, last: () => requests.at(-1) };
}

/** A log of which pages can be asked, as the server would answer. */
export class FakeLog {
  events = [];
  requests = [];
  failure = null;

  constructor(events = []) {
    this.events = events;
  }

  get head() {
    return this.events.at(-1)?.seq ?? 0;
  }

  request = async (frame) => {
    this.requests.push(frame);
    if (this.failure) throw this.failure;
    const shown = this.events.filter((event) => event.type === "message" || event.target === undefined);
    const { before = Infinity, after, around, limit, seqs } = frame;
    if (seqs) return { events: shown.filter((event) => seqs.includes(event.seq)), as_of: this.head };
    let from = Math.max(0, shown.filter((event) => event.seq < before).length - limit);
    if (after !== undefined) from = shown.filter((event) => event.seq <= after).length;
    if (around !== undefined) from = Math.max(0, shown.filter((event) => event.seq < around).length - limit / 2);
    const to = after === undefined && around === undefined ? shown.filter((event) => event.seq < before).length : from + limit;
    return { events: shown.slice(from, to), as_of: this.head, more: from > 0, more_after: to < shown.length };
  };
}

export const ADA = { id: "a", name: "Ada" };
export const LINUS = { id: "l", name: "Linus" };

/** @returns a message event; noon plus its seq in minutes, unless told otherwise */
export function message(seq, { author = LINUS, at = new Date(2026, 0, 15, 12).getTime() + seq * 60_000, text = `text ${seq}`, id = `id-${seq}`, ...more } = {}) {
  return { type: "message", seq, at, author, id, text, ...more };
}

export const join = (seq, author = LINUS, at = message(seq).at) => ({ type: "join", seq, at, author, id: `join-${seq}` });

export const messages = (from, to, more) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index, more));

/** @returns a change of the message `target` */
export const change = (seq, type, target, more = {}) => ({ type, seq, at: message(seq).at, author: LINUS, id: `id-${seq}`, target, ...more });
