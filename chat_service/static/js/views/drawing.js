const HIDDEN_MS = 100;

/** Many changes make one drawing. */
export class Drawing {
  #draw;
  #isDue = false;

  /** @param {() => void} draw */
  constructor(draw) {
    this.#draw = draw;
  }

  soon() {
    if (this.#isDue) return;
    this.#isDue = true;
    if (!document.hidden) requestAnimationFrame(() => this.#now());
    setTimeout(() => this.#now(), HIDDEN_MS); // a hidden page gets no animation frames, but its title still counts
  }

  #now() {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#draw();
  }
}
