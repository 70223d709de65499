import { pathOf } from "../place.js";
import { callsOf } from "../room_state.js";
import { grouped, isUnread } from "../sidebar_order.js";
import { counted } from "../notices.js";
import { face } from "./avatar_view.js";
import { h, icon, part, patch } from "./dom.js";
import { openMenu } from "./menu_view.js";
import { signOut } from "./signing_out.js";

/** Rooms and conversations, with what waits in each. */
export class SidebarView {
  #app;

  /** @param {import("./app.js").App} app @param {{create: () => void, find: () => void, converse: () => void, help: () => void}} dialogs */
  constructor(app, dialogs) {
    this.#app = app;
    part("switch").addEventListener("click", () => app.openSwitcher());
    part("add-room").addEventListener("click", () =>
      openMenu(part("add-room"), "Add a room", [
        { label: "Create a room", icon: "plus", run: dialogs.create },
        { label: "Find rooms", icon: "search", run: dialogs.find },
      ]),
    );
    part("add-conversation").addEventListener("click", dialogs.converse);
    part("you").addEventListener("click", () =>
      openMenu(part("you"), "You", [
        app.mayAskForNotifications() && { label: "Turn on notifications", icon: "bell", run: () => app.askForNotifications() },
        { label: "Account", icon: "person", run: () => location.assign("/account") },
        { label: "Keyboard shortcuts", icon: "keyboard", run: dialogs.help },
        { label: "Sign out", icon: "leave", run: () => signOut(app) },
      ]),
    );
  }

  /** @returns {import("../room.js").Room[]} in the order of the list */
  get order() {
    const { rooms, conversations } = grouped(this.#app.client.rooms.all);
    return [...rooms, ...conversations];
  }

  render() {
    const { rooms, conversations } = grouped(this.#app.client.rooms.all);
    patch(part("rooms"), rooms.map((room) => this.#draw(room)));
    patch(part("conversations"), conversations.map((room) => this.#draw(room)));
    part("conversations-empty").hidden = conversations.length > 0 || !this.#app.client.rooms.known;
  }

  /** @param {import("../room.js").Room} room */
  #draw(room) {
    const { state, title } = room;
    const { client } = this.#app;
    const isCurrent = this.#app.room?.id === room.id;
    const marks = [
      client.outbox.hasFailed(room.id) && h("span.room-failed", { title: "A message was not sent" }, icon("alert"), h("span.visually-hidden", {}, "a message was not sent")),
      !isCurrent && client.drafts.get(room.id) && h("span.room-draft", { title: "Draft" }, icon("edit"), h("span.visually-hidden", {}, "draft")),
      state.level === "nothing" && h("span.room-level", { title: "Notifications are off" }, icon("mute"), h("span.visually-hidden", {}, "notifications off")),
      this.#badge(state),
    ];
    const link = h("a.room", { href: pathOf(room.id), class: isUnread(state) ? "room-unread" : "", "aria-current": isCurrent ? "page" : null }, this.#mark(room), h("bdi.room-name", {}, title), ...marks);
    return h("li", { dataset: { key: room.id } }, link);
  }

  /** @param {import("../room_state.js").RoomState} state */
  #badge(state) {
    const calls = callsOf(state);
    const { unread = 0 } = state;
    const count = (/** @type {number} */ number) => (number >= 1_000 ? "999+" : String(number));
    if (calls) return h("span.badge", {}, count(calls), h("span.visually-hidden", {}, state.kind === "direct" ? " unread" : counted(calls, " mention").slice(String(calls).length)));
    return isUnread(state) ? h("span.unread-count", {}, count(unread), h("span.visually-hidden", {}, " unread")) : null;
  }

  /** @param {import("../room.js").Room} room */
  #mark(room) {
    const { kind, archived, people = [] } = room.state;
    if (kind !== "direct") return h("span.room-mark", {}, icon(archived ? "archive" : kind === "private" ? "lock" : "hash"));
    const { client } = this.#app;
    const others = people.filter((person) => person.id !== client.me.id);
    if (others.length === 1) return face(others[0], client.presence.isHere(others[0].id));
    return h("span.face", {}, h("span.avatar.avatar-group", { "aria-hidden": "true" }, String(people.length)));
  }
}
