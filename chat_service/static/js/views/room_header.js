import { counted } from "../notices.js";
import { face } from "./avatar_view.js";
import { around, h, icon, iconButton, part, setChildren } from "./dom.js";

/** The bar over the room: what it is called and about, who is in it, what is pinned. */
export class RoomHeader {
  #app;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.#app = app;
    part("back").addEventListener("click", () => app.showRooms());
    part("room-actions").addEventListener("click", (/** @type {Event} */ event) => {
      const kind = around(event, "[data-panel]")?.dataset.panel;
      if (kind) app.togglePanel(/** @type {import("./panel_view.js").Kind} */ (kind));
    });
    const actions = [
      h("button.bar-button", { id: "members-toggle", type: "button", dataset: { panel: "members" } }, icon("people"), h("span", { id: "members-count" })),
      iconButton("pin", "Pinned messages", { id: "pins-toggle", dataset: { panel: "pins" } }),
      iconButton("info", "About this room", { id: "details-toggle", dataset: { panel: "details" } }),
    ];
    part("room-actions").replaceChildren(...actions);
  }

  /** @param {import("../room.js").Room} room */
  render(room) {
    const { state, title } = room;
    const { client, panel } = this.#app;
    setChildren(part("room-kind"), [this.#mark(room)]);
    const heading = part("room-title");
    if (heading.textContent !== title) heading.textContent = title;
    const topic = state.archived ? `Archived. ${state.topic ?? ""}` : (state.topic ?? "");
    if (part("room-topic").textContent !== topic) part("room-topic").textContent = topic;
    part("room-topic").title = topic;
    const here = client.presence.in(room.id).size;
    const { total } = this.#app.members(room.id);
    part("members-count").textContent = total ? String(total) : "";
    part("members-toggle").setAttribute("aria-label", total ? `${counted(total, "member")}, ${here} online` : "Members");
    part("members-toggle").title = `${counted(total, "member")}, ${here} online`;
    for (const kind of ["members", "pins", "details"]) part(`${kind}-toggle`).setAttribute("aria-pressed", String(panel?.kind === kind));
  }

  /** @param {import("../room.js").Room} room */
  #mark(room) {
    const { kind, people = [] } = room.state;
    if (kind !== "direct") return h("span.room-mark", {}, icon(kind === "private" ? "lock" : "hash"));
    const others = people.filter((person) => person.id !== this.#app.client.me.id);
    return others.length === 1 ? face(others[0], this.#app.client.presence.isHere(others[0].id)) : h("span.room-mark", {}, icon("people"));
  }
}
