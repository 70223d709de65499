import { counted } from "../notices.js";
import { part } from "./dom.js";

const MOST_COUNTED = 1_000; // by the server: stands for more

/** What points elsewhere in the room: down to its end, and up to the first message that is new. */
export class Signposts {
  #me;
  #timeline;
  #newCount = 0;

  /** @param {string} me @param {import("./timeline_view.js").TimelineView} timeline */
  constructor(me, timeline) {
    this.#me = me;
    this.#timeline = timeline;
  }

  /** @param {number} newCount messages that the reader may want to begin with; 0 once they know where those are */
  begin(newCount) {
    this.#newCount = newCount;
  }

  /** @param {import("../room.js").Room} room @param {number} newAfter the line for what is new stands behind it @param {number} seenTo */
  render(room, newAfter, seenTo) {
    const { timeline } = room;
    const { following, window } = this.#timeline;
    const below = timeline.newer ? (room.state.unread ?? 0) : this.#countAfter(timeline, seenTo);
    part("jump").hidden = following || !timeline.opened;
    part("jump").classList.toggle("jump-news", below > 0);
    part("jump-label").textContent = below ? `${below} new` : "Jump to latest";
    if (this.#sees()) this.#newCount = 0;
    part("first-unread-bar").hidden = !this.#newCount || !timeline.opened || !(window.from > newAfter + 1 || this.#place()?.isAbove);
    const count = this.#newCount >= MOST_COUNTED ? "Very many new messages" : counted(this.#newCount, "new message");
    part("first-unread").textContent = `${count} · Jump to the first`;
  }

  /** @param {import("../timeline.js").Timeline} timeline @param {number} seq */
  #countAfter(timeline, seq) {
    const after = timeline.slice(timeline.indexOf(seq + 1), timeline.length - 1);
    return after.filter((entry) => entry.type === "message" && entry.author.id !== this.#me).length;
  }

  /** Whether the line for what is new is in view. */
  #sees() {
    const place = this.#place();
    return place !== undefined && !place.isAbove && !place.isBelow;
  }

  /** Where the line for what is new stands; nowhere while a phone shows the list, or a panel, instead. */
  #place() {
    if (!part("timeline").clientHeight) return undefined;
    const line = document.querySelector("#rows > .divider-new")?.getBoundingClientRect();
    const { top, bottom } = part("timeline").getBoundingClientRect();
    return line && { isAbove: line.bottom < top, isBelow: line.top > bottom };
  }
}
