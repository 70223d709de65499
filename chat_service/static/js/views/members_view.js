import { mayInvite, mayModerate, mayModeratePerson, mayOwn } from "../standing.js";
import { durationOf } from "../notices.js";
import { face } from "./avatar_view.js";
import { confirm } from "./dialog_view.js";
import { h, icon, patch } from "./dom.js";
import { openMenu } from "./menu_view.js";
import { openInvite } from "./room_dialogs.js";

const MUTES_SECONDS = [600, 3_600, 24 * 3_600];
/** @type {Record<string, string | undefined>} */
const ROLE_WORDS = { owner: "owner", moderator: "moderator" };

/** Who is in the room, those here first; and what one may do about them. */
export class MembersView {
  title = "Members";
  #app;
  #room;
  #list = h("ul.people", { "aria-label": "Members" });
  #note = h("p.panel-note");
  #search;
  /** @type {import("../members.js").Member[] | null} */
  #found = null;

  /** @param {import("./app.js").App} app @param {import("../room.js").Room} room */
  constructor(app, room) {
    this.#app = app;
    this.#room = room;
    const invite = room.state.kind !== "direct" && !room.state.archived && mayInvite(room.state, app.client.admin);
    this.#search = h("input.search", { type: "search", placeholder: "Find a member", "aria-label": "Find a member", autocomplete: "off", oninput: () => this.#find() });
    this.element = h(
      "div.panel-content",
      {},
      room.state.kind !== "direct" && this.#search,
      invite && h("button.row-button", { type: "button", onclick: () => openInvite(app, room) }, icon("plus"), "Add people"),
      this.#list,
      this.#note,
    );
    app.members(room.id).load();
  }

  render() {
    const { list, total } = this.#app.members(this.#room.id);
    const here = this.#app.client.presence.in(this.#room.id);
    const shown = this.#found ?? [...list].sort((one, other) => Number(here.has(other.person.id)) - Number(here.has(one.person.id)));
    patch(this.#list, shown.map((member) => this.#draw(member, here.has(member.person.id))));
    const more = total - list.length;
    this.#note.textContent = this.#found ? (shown.length ? "" : "Nobody here has this name.") : more > 0 ? `and ${more} more: find them by name` : "";
  }

  async #find() {
    const query = this.#search.value.trim();
    this.#found = null;
    if (query) {
      const answer = await this.#app.act({ op: "members", room: this.#room.id, query });
      if (query !== this.#search.value.trim()) return;
      this.#found = answer?.members ?? [];
    }
    this.render();
  }

  /** @param {import("../members.js").Member} member @param {boolean} isHere */
  #draw(member, isHere) {
    const { person, role } = member;
    const isMe = person.id === this.#app.client.me.id;
    const words = [isMe && "you", ROLE_WORDS[role ?? ""], isMuted(member) && "muted"].filter(Boolean).join(", ");
    const content = [face(person, isHere), h("bdi.person-name", {}, person.name), words ? h("span.person-note", {}, words) : null];
    const row = isMe
      ? h("div.person", {}, ...content)
      : h("button.person", { type: "button", "aria-haspopup": "menu", onclick: () => this.#menu(row, member) }, ...content);
    return h("li", { dataset: { key: `${person.id} ${member.muted_until ?? ""}` } }, row);
  }

  /** @param {HTMLElement} anchor @param {import("../members.js").Member} member */
  #menu(anchor, member) {
    const { person, role } = member;
    const { state } = this.#room;
    const { admin } = this.#app.client;
    const ranks = mayModeratePerson(state, admin, role);
    const owns = mayOwn(state, admin);
    const act = (/** @type {string} */ op, more = {}) => this.#app.act({ op, room: this.#room.id, person: person.id, ...more });
    const roleItem = (/** @type {string} */ wanted, /** @type {string} */ label) => owns && state.kind !== "direct" && (role ?? "member") !== wanted && { label, icon: "shield", run: () => act("role", { role: wanted }) };
    openMenu(anchor, person.name, [
      { label: "Message", icon: "send", run: () => this.#app.converse([person.id]) },
      { label: "Mention", icon: "at", run: () => this.#app.mention(person.name) },
      roleItem("owner", "Make an owner"),
      roleItem("moderator", "Make a moderator"),
      roleItem("member", "Make a member"),
      ...(ranks && !isMuted(member) ? MUTES_SECONDS.map((seconds) => ({ label: `Mute for ${durationOf(seconds * 1_000)}`, icon: "mute", run: () => act("mute", { seconds }) })) : []),
      mayModerate(state, admin) && isMuted(member) && { label: "Unmute", icon: "bell", run: () => act("unmute") },
      ranks && { label: "Remove from the room", icon: "leave", danger: true, run: () => this.#remove(person) },
      ranks && { label: "Ban", icon: "ban", danger: true, run: () => this.#ban(person) },
    ]);
  }

  /** @param {import("../timeline.js").Person} person */
  #remove(person) {
    const text = `${person.name} is not in ${this.#room.title} any more, and may come back.`;
    confirm(`Remove ${person.name}?`, text, "Remove", () => this.#app.client.request({ op: "remove", room: this.#room.id, person: person.id }));
  }

  /** @param {import("../timeline.js").Person} person */
  #ban(person) {
    const text = `${person.name} is not in ${this.#room.title} any more, and can't come back until somebody lifts the ban.`;
    confirm(`Ban ${person.name}?`, text, "Ban", () => this.#app.client.request({ op: "ban", room: this.#room.id, person: person.id }));
  }
}

/** @param {import("../members.js").Member} member */
const isMuted = ({ muted_until: until = 0 }) => until > Date.now();
