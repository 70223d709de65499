import { durationOf } from "../notices.js";
import { mayInvite, mayModerate, mayOwn } from "../standing.js";
import { confirm, field, form } from "./dialog_view.js";
import { h, icon } from "./dom.js";
import { openInvite } from "./room_dialogs.js";

/** @type {[NonNullable<import("../room_state.js").RoomState["level"]>, string][]} */
const LEVELS = [["all", "All messages"], ["mentions", "Mentions only"], ["nothing", "Nothing"]];
const SLOW_MODES = [0, 10, 30, 60, 300, 900, 3600];
const KINDS = { public: "Public: everybody on this server can find and join it", private: "Private: one is invited into it", direct: "A conversation: only those in it can read it" };

/** What a room is, what one wants to hear of it, and what those who run it may change. */
export class DetailsView {
  title = "About this room";
  element = h("div.panel-content");
  #app;
  #room;
  #drawn = "";
  #banned = h("div");
  /** @type {{topic?: string, name?: string}} */
  #written = {};
  #asked = 0;

  /** @param {import("./app.js").App} app @param {import("../room.js").Room} room */
  constructor(app, room) {
    this.#app = app;
    this.#room = room;
    if (this.#moderates) this.#loadBanned();
  }

  /** Not while somebody is in the middle of a change. */
  render() {
    const { name, topic, archived, slow_mode: slow, role, level } = this.#room.state;
    const key = JSON.stringify([name, topic, archived, slow, role, level]);
    if (key === this.#drawn || this.element.contains(document.activeElement?.closest("input, select, textarea") ?? null)) return;
    this.#drawn = key;
    this.element.replaceChildren(...this.#sections().filter(Boolean));
  }

  connected() {
    if (this.#moderates) this.#loadBanned();
  }

  /** @param {import("../timeline.js").RoomEvent[]} events */
  arrived(events) {
    if (this.#moderates && events.some(({ type }) => type === "ban" || type === "unban")) this.#loadBanned();
  }

  get #moderates() {
    return this.#room.state.kind !== "direct" && mayModerate(this.#room.state, this.#app.client.admin);
  }

  #sections() {
    const { state, title } = this.#room;
    const { admin } = this.#app.client;
    const isDirect = state.kind === "direct";
    const owns = !isDirect && mayOwn(state, admin);
    return [
      h("section.details", {}, h("h3", {}, title), h("p.panel-note", {}, KINDS[state.kind]), state.topic && h("p", {}, state.topic)),
      this.#level(),
      !isDirect && !state.archived && mayInvite(state, admin) && h("button.row-button", { type: "button", onclick: () => openInvite(this.#app, this.#room) }, icon("plus"), "Add people"),
      this.#moderates && !state.archived && this.#topic(),
      this.#moderates && !state.archived && this.#slowMode(),
      owns && !state.archived && this.#name(),
      this.#moderates && this.#banned,
      h(
        "div.row-buttons",
        {},
        owns && h("button.row-button", { type: "button", onclick: () => this.#archive() }, icon("archive"), state.archived ? "Open the room again" : "Archive the room"),
        !isDirect && h("button.row-button.row-danger", { type: "button", onclick: () => this.#leave() }, icon("leave"), "Leave the room"),
      ),
    ];
  }

  #level() {
    const { id, level = "all" } = this.#room.state;
    const choices = LEVELS.map(([value, label]) =>
      h("label.choice", {}, h("input", { type: "radio", name: "level", value, checked: value === level, onchange: () => set(value) }), label),
    );
    const set = async (/** @type {NonNullable<import("../room_state.js").RoomState["level"]>} */ wanted) => {
      if (await this.#app.act({ op: "level", room: id, level: wanted })) this.#room.change({ level: wanted });
      else for (const input of made.querySelectorAll("input")) input.checked = input.value === (this.#room.state.level ?? "all");
    };
    const made = h("fieldset.choices", {}, h("legend", {}, "Notify me of"), ...choices);
    return made;
  }

  #topic() {
    const topic = this.#field("topic", { label: "Topic", multiline: true, maxlength: this.#app.client.limits.topic_chars });
    return form([topic], "Save the topic", (values) => this.#save("topic", { op: "topic", room: this.#room.id, topic: values.topic.trim() }));
  }

  #name() {
    const name = this.#field("name", { label: "Name", maxlength: this.#app.client.limits.name_chars });
    return form([name], "Rename", (values) => this.#save("name", { op: "rename", room: this.#room.id, name: values.name.trim() }));
  }

  /** What is half written stays when the room changes meanwhile. @param {"topic" | "name"} name @param {{label: string, multiline?: boolean, maxlength: number}} options */
  #field(name, options) {
    const made = field({ name, value: this.#written[name] ?? this.#room.state[name] ?? "", ...options });
    made.addEventListener("input", (/** @type {Event} */ { target }) => (this.#written[name] = /** @type {HTMLInputElement} */ (target).value));
    return made;
  }

  /** @param {"topic" | "name"} name @param {Parameters<import("../client.js").Client["request"]>[0]} request */
  async #save(name, request) {
    await this.#app.client.request(request);
    delete this.#written[name];
  }

  #slowMode() {
    const { id, slow_mode: slow = 0 } = this.#room.state;
    const options = [...new Set([...SLOW_MODES, slow])].sort((one, other) => one - other);
    const select = h(
      "select",
      { id: "slow-mode", onchange: () => set() },
      ...options.map((seconds) => h("option", { value: String(seconds), selected: seconds === slow }, seconds ? `One message every ${durationOf(seconds * 1_000)}` : "Off")),
    );
    const set = async () => {
      if (await this.#app.act({ op: "slow_mode", room: id, seconds: Number(select.value) })) return;
      select.value = String(this.#room.state.slow_mode ?? 0);
    };
    return h("div.field", {}, h("label", { for: "slow-mode" }, "Slow mode"), select);
  }

  async #loadBanned() {
    const asked = ++this.#asked;
    const answer = await this.#app.client.request({ op: "members", room: this.#room.id, banned: true }).catch(() => null); // then what is there stays
    if (!answer || asked !== this.#asked) return;
    const banned = answer.members;
    const lift = (/** @type {import("../members.js").Member} */ { person }) =>
      h("li.person", {}, h("bdi.person-name", {}, person.name), h("button.link-button", { type: "button", onclick: () => this.#app.act({ op: "unban", room: this.#room.id, person: person.id }) }, "Lift the ban"));
    this.#banned.replaceChildren(...(banned.length ? [h("h3", {}, "Banned"), h("ul.people", {}, ...banned.map(lift))] : []));
  }

  #archive() {
    const { id, archived } = this.#room.state;
    if (archived) return this.#app.act({ op: "unarchive", room: id });
    confirm("Archive the room?", "Everything stays readable, and nothing more is said here until somebody opens it again.", "Archive", () =>
      this.#app.client.request({ op: "archive", room: id }),
    );
  }

  #leave() {
    const { id, kind } = this.#room.state;
    const back = kind === "public" ? "You can join again at any time." : "To come back, somebody has to invite you.";
    confirm(`Leave ${this.#room.title}?`, back, "Leave", () => this.#app.client.request({ op: "leave", room: id }));
  }
}
