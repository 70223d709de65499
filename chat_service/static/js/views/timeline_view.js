import { ReadingWindow } from "../reading_window.js";
import { DrawnRows } from "./drawn_rows.js";

const AT_END_PX = 100; // nearer than this, a reader follows what is said
const AHEAD_PX = 800; // what lies beyond the window's edge is brought in before the reader meets it
const SETTLED_MS = 1_000; // after this, additions count as news again
const FLASH_MS = 2_500;

/** The message list: shows a window of a room's timeline, follows its end, and holds still while one reads further up. */
export class TimelineView {
  #parts;
  #scroller;
  #rows;
  /** @type {import("../room.js").Room | null} */
  #shown = null;
  #window = new ReadingWindow();
  #drawn;
  #following = true;
  #top = 0;
  #trouble = false;
  #aims = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quietTimer;

  /**
   * @param {object} parts
   * @param {{scroller: HTMLElement, rows: HTMLElement, top: HTMLElement, intro: HTMLElement, skeleton: HTMLElement}} parts.elements
   * @param {(window: ReadingWindow) => import("../rows.js").Row[]} parts.layOut
   * @param {(row: import("../rows.js").Row) => HTMLElement} parts.drawRow
   * @param {() => void} parts.onMove the reader came to the end or left it, or the window moved
   */
  constructor(parts) {
    this.#parts = parts;
    this.#scroller = parts.elements.scroller;
    this.#rows = parts.elements.rows;
    this.#drawn = new DrawnRows(parts.elements.rows, parts.drawRow);
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The keyboard, the growing composer and a turned phone change the height; a reader at the end stays there.
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.#scroller);
  }

  /** Nothing asks for it before one is shown. */
  get #room() {
    return /** @type {import("../room.js").Room} */ (this.#shown);
  }

  /** Whether the reader sees what is said as it is said. */
  get following() {
    return this.#following;
  }

  get window() {
    return this.#window;
  }

  /** @param {import("../room.js").Room} room */
  show(room) {
    this.#shown = room;
    this.#aims += 1;
    this.#window = new ReadingWindow();
    this.#following = true;
    this.#top = 0;
    this.#trouble = false;
    this.#drawn.clear();
    this.#parts.elements.skeleton.hidden = false;
    this.#parts.elements.intro.hidden = true;
    this.#parts.elements.top.textContent = "";
    this.render();
  }

  async jumpToEnd() {
    const room = this.#room;
    const aim = ++this.#aims;
    const opening = room.open();
    if (room.timeline.newer) await opening;
    if (aim !== this.#aims) return;
    this.#window.toEnd(room.timeline);
    this.#following = true;
    this.#quietly(() => this.render());
  }

  /** @param {number} seq @param {boolean} [flash] @returns {Promise<boolean>} whether it is there */
  async goTo(seq, flash = true) {
    const room = this.#room;
    const aim = ++this.#aims;
    await room.openAround(seq);
    if (aim !== this.#aims || !room.timeline.opened) return false; // one wants something else by now
    this.#following = false;
    this.#window.around(room.timeline, seq);
    this.#quietly(() => this.#drawn.draw(this.#parts.layOut(this.#window)));
    this.#parts.elements.skeleton.hidden = true;
    this.#drawTop();
    const row = this.find(seq) ?? this.#firstAfter(seq);
    row?.scrollIntoView({ block: "center" });
    if (flash && row) this.#flash(row);
    this.#measure();
    this.#parts.onMove();
    return this.find(seq) !== null;
  }

  /** @param {number} seq @returns {HTMLElement | null} */
  find(seq) {
    return this.#rows.querySelector(`.message[data-seq="${seq}"]`);
  }

  render() {
    const { timeline } = this.#room;
    const rows = timeline.opened ? null : this.#parts.layOut(this.#window);
    if (rows && this.#drawn.isEmpty && !rows.length) return;
    const isFirst = this.#drawn.isEmpty;
    this.#parts.elements.skeleton.hidden = timeline.opened || !this.#drawn.isEmpty;
    if (timeline.opened) {
      if (this.#following) timeline.trim();
      this.#window.grow(timeline, this.#following);
    }
    const draw = () => this.#hold(() => this.#drawn.draw(this.#parts.layOut(this.#window)));
    if (isFirst) this.#quietly(draw);
    else draw();
    this.#slideSoon();
  }

  /** Changes the rows while what one reads stays where it is. @param {() => void} change */
  #hold(change) {
    const anchor = this.#following ? null : this.#firstInView();
    const before = anchor?.row.getBoundingClientRect().top ?? 0;
    change();
    this.#drawTop();
    if (this.#following) this.#toEnd();
    else if (anchor) {
      const row = this.#drawn.find(anchor.key);
      if (row) this.#scroller.scrollTop += row.getBoundingClientRect().top - before;
    }
    this.#measure();
  }

  #firstInView() {
    const top = this.#scroller.getBoundingClientRect().top;
    for (const [key, { element, row }] of this.#drawn.all) {
      if ((row.kind === "message" || row.kind === "notice") && element.getBoundingClientRect().bottom > top) return { key, row: element };
    }
    return null;
  }

  /** Above the rows: that there is more, or how it all began. */
  #drawTop() {
    const { top, intro } = this.#parts.elements;
    const { timeline } = this.#room;
    const atStart = timeline.opened && !timeline.more && this.#window.atTop(timeline);
    intro.hidden = !atStart;
    if (atStart || !timeline.opened) top.textContent = "";
    else top.textContent = this.#trouble ? "Earlier messages did not come; scroll to try again." : "Loading earlier messages…";
  }

  #scrolled() {
    this.#trouble = false;
    this.#measure();
    this.#slideSoon();
  }

  /** Only who goes up leaves the end: a keyboard that shrinks the page takes nobody away from it. */
  #measure() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    if (!clientHeight) return; // a phone shows something else
    const stays = this.#following && scrollTop >= this.#top;
    const following = this.#window.following && (stays || scrollHeight - scrollTop - clientHeight <= AT_END_PX);
    this.#top = scrollTop;
    if (following === this.#following) return;
    this.#following = following;
    this.#parts.onMove();
  }

  #slideSoon() {
    requestAnimationFrame(() => this.#slide());
  }

  /** Brings more in where the reader nears an edge of the window. */
  #slide() {
    const { timeline } = this.#room;
    if (!timeline.opened) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const nearTop = scrollTop < AHEAD_PX;
    const nearBottom = scrollHeight - scrollTop - clientHeight < AHEAD_PX;
    if (nearTop && nearBottom && this.#window.isFull(timeline)) return; // one edge would take away what the other brings in, for ever
    if (nearTop && this.#window.up(timeline, nearBottom)) this.#quietly(() => this.render());
    else if (nearTop && timeline.more) this.#fetch("loadOlder");
    else if (nearBottom && this.#window.down(timeline)) this.#quietly(() => this.render());
    else if (nearBottom && timeline.newer) this.#fetch("loadNewer");
  }

  /** @param {"loadOlder" | "loadNewer"} page */
  async #fetch(page) {
    if (this.#trouble || this.#room.isLoading(page === "loadOlder" ? "older" : "newer")) return;
    const room = this.#room;
    const before = room.timeline.length;
    try {
      await room[page]();
    } catch {
      this.#trouble = true;
    }
    if (room !== this.#room) return;
    if (room.timeline.length !== before) this.#quietly(() => this.render());
    else this.#drawTop();
  }

  /** @param {number} seq */
  #firstAfter(seq) {
    return /** @type {HTMLElement[]} */ ([...this.#rows.querySelectorAll(".message[data-seq]")]).find((row) => Number(row.dataset.seq) > seq);
  }

  /** @param {HTMLElement} row */
  #flash(row) {
    row.classList.add("message-found");
    setTimeout(() => row.classList.remove("message-found"), FLASH_MS);
    row.focus({ preventScroll: true });
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** History is not news: what comes in by loading and scrolling is not read out. @param {() => void} change */
  #quietly(change) {
    clearTimeout(this.#quietTimer);
    this.#rows.setAttribute("aria-live", "off");
    change();
    this.#quietTimer = setTimeout(() => this.#rows.setAttribute("aria-live", "polite"), SETTLED_MS);
  }
}
