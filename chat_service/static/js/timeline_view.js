import { ReadingWindow } from "./reading_window.js";
import { drawRow } from "./row_view.js";

const AT_END_PX = 100; // nearer than this, a reader follows what is said
const AHEAD_PX = 800; // what lies beyond the window's edge is brought in before the reader meets it
const SETTLED_MS = 1_000; // after this, additions count as news again

/** The message list: shows a window of the timeline, follows its end, and holds still while one reads further up. */
export class TimelineView {
  #parts;
  #timeline;
  #scroller;
  #rows;
  #window = new ReadingWindow();
  #drawn = new Map();
  #following = true;
  #trouble = false;
  #quietTimer = null;

  /**
   * @param {object} parts
   * @param {import("./timeline.js").Timeline} parts.timeline
   * @param {{scroller: HTMLElement, rows: HTMLElement, top: HTMLElement, intro: HTMLElement,
   *   introFirst: HTMLElement, skeleton: HTMLElement}} parts.elements
   * @param {(window: ReadingWindow) => import("./rows.js").Row[]} parts.layOut
   * @param {() => Promise<void>} parts.loadOlder
   * @param {() => void} parts.onMove the reader came to the end or left it
   */
  constructor(parts) {
    this.#parts = parts;
    this.#timeline = parts.timeline;
    this.#scroller = parts.elements.scroller;
    this.#rows = parts.elements.rows;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#scroller.addEventListener("keydown", (event) => this.#step(event));
    // The keyboard, the growing composer and a turned phone change the height; a reader at the end stays there.
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.#scroller);
  }

  /** Whether the reader sees what is said as it is said. */
  get following() {
    return this.#following;
  }

  jumpToEnd() {
    this.#window.toEnd(this.#timeline);
    this.#following = true;
    this.#quietly(() => this.render());
  }

  render() {
    if (!this.#timeline.anchored && !this.#drawn.size && !this.#parts.layOut(this.#window).length) return;
    const isFirst = !this.#drawn.size;
    this.#parts.elements.skeleton.hidden = true;
    if (this.#timeline.anchored) this.#window.grow(this.#timeline, this.#following);
    const draw = () => this.#hold(() => this.#draw(this.#parts.layOut(this.#window)));
    if (isFirst) this.#quietly(draw);
    else draw();
    this.#slideSoon();
  }

  /** Changes the rows while what one reads stays where it is. */
  #hold(change) {
    const anchor = this.#following ? null : this.#firstInView();
    const before = anchor?.getBoundingClientRect().top;
    change();
    this.#drawTop();
    if (this.#following) this.#toEnd();
    else if (anchor?.isConnected) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    this.#measure();
  }

  #firstInView() {
    const top = this.#scroller.getBoundingClientRect().top;
    return [...this.#rows.children].find((row) => row.matches(".message, .notice") && row.getBoundingClientRect().bottom > top);
  }

  #draw(rows) {
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
    let place = this.#rows.firstElementChild;
    for (const row of rows) {
      const drawn = this.#drawn.get(row.key);
      let element = drawn?.element;
      if (!drawn || !sameRow(drawn.row, row)) {
        element = drawRow(row);
        if (drawn?.element === place) place = element;
        drawn?.element.replaceWith(element);
        this.#drawn.set(row.key, { row, element });
      }
      if (element === place) place = place.nextElementSibling;
      else this.#rows.insertBefore(element, place);
    }
  }

  /** Above the rows: that there is more, or how it all began. */
  #drawTop() {
    const { top, intro, introFirst } = this.#parts.elements;
    const atStart = this.#timeline.anchored && this.#window.from === this.#timeline.first && !this.#timeline.more;
    intro.hidden = !atStart;
    introFirst.hidden = !atStart || this.#rows.querySelector(".message") !== null;
    if (atStart || !this.#timeline.anchored) top.textContent = "";
    else top.textContent = this.#trouble ? "Earlier messages did not come; scroll to try again." : "Loading earlier messages…";
  }

  #scrolled() {
    this.#trouble = false;
    this.#measure();
    this.#slideSoon();
  }

  #measure() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const following = this.#window.following && scrollHeight - scrollTop - clientHeight <= AT_END_PX;
    if (following === this.#following) return;
    this.#following = following;
    this.#parts.onMove();
  }

  #slideSoon() {
    requestAnimationFrame(() => this.#slide());
  }

  /** Brings more in where the reader nears an edge of the window. */
  #slide() {
    if (!this.#timeline.anchored) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const nearTop = scrollTop < AHEAD_PX;
    const nearBottom = scrollHeight - scrollTop - clientHeight < AHEAD_PX;
    if (nearTop && nearBottom && this.#window.full) return; // bringing in at one edge would take away at the other, for ever
    if (nearTop && this.#window.up(this.#timeline)) this.#quietly(() => this.render());
    else if (nearTop && this.#timeline.more && !this.#trouble) this.#fetchOlder();
    else if (nearBottom && this.#window.down(this.#timeline)) this.#quietly(() => this.render());
  }

  async #fetchOlder() {
    const first = this.#timeline.first;
    try {
      await this.#parts.loadOlder();
    } catch {
      this.#trouble = true;
    }
    if (this.#timeline.first < first) this.#slide();
    else this.#drawTop();
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** History is not news: what comes in by loading and scrolling is not read out. */
  #quietly(change) {
    clearTimeout(this.#quietTimer);
    this.#rows.setAttribute("aria-live", "off");
    change();
    this.#quietTimer = setTimeout(() => this.#rows.setAttribute("aria-live", "polite"), SETTLED_MS);
  }

  /** The list is one tab stop; the arrow keys go from message to message inside it. */
  #step(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    const messages = [...this.#rows.querySelectorAll(".message")];
    const current = messages.indexOf(document.activeElement?.closest(".message"));
    const next = current === -1 ? messages.at(-1) : messages[current + by];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}

function sameRow(one, other) {
  return Object.keys(other).every((field) => one[field] === other[field]);
}
