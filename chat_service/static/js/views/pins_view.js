import { pinsOf } from "../pins.js";
import { mayPin } from "../standing.js";
import { avatar } from "./avatar_view.js";
import { h, icon, iconButton } from "./dom.js";
import { drawText } from "./message_view.js";
import { drawTime } from "./row_view.js";

/** The pinned messages of a room. */
export class PinsView {
  title = "Pinned messages";
  element = h("div.panel-content", {}, h("p.panel-note", {}, "Loading…"));
  #app;
  #room;
  #asked = 0;

  /** @param {import("./app.js").App} app @param {import("../room.js").Room} room */
  constructor(app, room) {
    this.#app = app;
    this.#room = room;
    this.#load();
  }

  render() {}

  connected() {
    this.#load();
  }

  /** @param {import("../timeline.js").RoomEvent[]} events */
  arrived(events) {
    if (events.some(({ type }) => ["pin", "unpin", "edit", "delete"].includes(type))) this.#load();
  }

  /** Somebody deleted their account, and perhaps all that they said, and with it their pins. */
  gone() {
    this.#load();
  }

  async #load() {
    const asked = (this.#asked += 1);
    try {
      const events = await pinsOf((frame) => this.#app.client.request(frame), this.#room.id);
      if (asked !== this.#asked) return; // asked again since: what came of this may be gone
      this.element.replaceChildren(events.length ? h("ul.pins", {}, ...events.toReversed().map((entry) => this.#draw(entry))) : this.#empty());
    } catch {
      if (asked !== this.#asked) return;
      this.element.replaceChildren(h("p.panel-note", {}, "The pinned messages did not come. Open them again when the connection is back."));
    }
  }

  /** @param {import("../timeline.js").Entry} entry */
  #draw(entry) {
    const { id } = this.#room;
    const unpin = mayPin(this.#room.state, this.#app.client.admin) && iconButton("close", "Unpin", { onclick: () => this.#app.act({ op: "unpin", room: id, target: entry.seq }) });
    return h(
      "li.pinned",
      {},
      h("div.pinned-head", {}, avatar(entry.author), h("bdi", {}, entry.author.name), drawTime(entry.at), unpin),
      drawText(entry),
      h("button.link-button", { type: "button", onclick: () => this.#app.go(id, entry.seq) }, "Go to message"),
    );
  }

  #empty() {
    return h("div.empty", {}, icon("pin"), h("p", {}, "Nothing is pinned here yet. Pin what everybody should find again: a message's menu has it."));
  }
}
