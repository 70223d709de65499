// Surroundings that tests hold in their hands: a clock that moves when told, dice that fall as set, sockets without a network.

export class FakeSurroundings {
  dice = 0.5;
  #now = Date.UTC(2026, 0, 15, 12);
  #timers = new Map();
  #lastTimer = 0;

  now = () => this.#now;
  random = () => this.dice;
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

export const ADA = { id: "a", name: "Ada" };
export const LINUS = { id: "l", name: "Linus" };

/** @returns a message event; noon plus its seq in minutes, unless told otherwise */
export function message(seq, { author = LINUS, at = new Date(2026, 0, 15, 12).getTime() + seq * 60_000, text = `text ${seq}`, id = `id-${seq}` } = {}) {
  return { type: "message", seq, at, author, id, text };
}

export const join = (seq, author = LINUS, at = message(seq).at) => ({ type: "join", seq, at, author, id: `join-${seq}` });

export const messages = (from, to, more) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index, more));
