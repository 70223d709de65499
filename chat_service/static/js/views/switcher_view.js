import { ranked } from "../ranking.js";
import { isUnread } from "../sidebar_order.js";
import { callsOf } from "../room_state.js";
import { avatar } from "./avatar_view.js";
import { around, h, icon } from "./dom.js";

const GATHER_MS = 120; // of typing is one question
const MOST = 12;
/** @type {Record<string, number | undefined>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** @typedef {{room?: import("../room.js").Room, person?: import("../timeline.js").Person, name: string}} Choice */

/** Goes to a room or a person by a few letters. @param {import("./app.js").App} app */
export function openSwitcher(app) {
  if (document.querySelector("dialog[open]")) return;
  const list = h("ul.switcher-list", { id: "switcher-list", role: "listbox", "aria-label": "Rooms and people", onclick: (/** @type {Event} */ event) => choose(around(event, "[data-index]")) });
  const input = h("input", {
    type: "text", placeholder: "Go to a room or person", role: "combobox", "aria-label": "Go to a room or person", "aria-expanded": "true", "aria-controls": "switcher-list", "aria-autocomplete": "list",
    autocomplete: "off", oninput: changed, onkeydown: pressed,
  });
  const dialog = h("dialog.switcher", { "aria-label": "Go to" }, h("div.switcher-field", {}, icon("search"), input), list);
  let people = app.client.people.all;
  /** @type {Choice[]} */
  let choices = [];
  let active = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (/** @type {Event} */ event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  draw();

  function changed() {
    active = 0;
    draw();
    clearTimeout(timer);
    timer = setTimeout(ask, GATHER_MS);
  }

  async function ask() {
    const query = input.value.trim();
    if (!query || !app.client.online) return;
    const answer = await app.client.request({ op: "people", query, limit: 10 }).catch(() => null);
    if (answer) people = app.client.people.all;
    if (dialog.isConnected) draw();
  }

  function draw() {
    const query = input.value.trim();
    const rooms = app.client.rooms.all.map((room) => ({ room, name: room.title }));
    const direct = new Set(app.client.rooms.all.filter(({ state }) => state.kind === "direct" && state.people?.length === 2).flatMap(({ state }) => (state.people ?? []).map((person) => person.id)));
    const others = query ? people.filter(({ id }) => id !== app.client.me.id && !direct.has(id)).map((person) => ({ person, name: person.name })) : [];
    /** @type {Choice[]} */
    const all = [...rooms, ...others];
    choices = ranked(query, all, ({ name }) => name, weightOf).slice(0, MOST);
    list.replaceChildren(...choices.map(drawChoice));
    if (!choices.length) list.append(h("li.empty", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing and nobody of this name."));
    activate(Math.min(active, choices.length - 1));
  }

  /** What waits comes first, the room one is in last: nobody switches to where they are. @param {Choice} choice */
  function weightOf({ room }) {
    if (!room) return -1;
    if (room.id === app.room?.id) return -2;
    return callsOf(room.state) ? 2 : isUnread(room.state) ? 1 : 0;
  }

  /** @param {Choice} choice @param {number} index */
  function drawChoice({ room, person, name }, index) {
    const kind = room?.state.kind;
    const others = (room?.state.people ?? []).filter(({ id }) => id !== app.client.me.id);
    const single = person ?? (others.length === 1 ? others[0] : null);
    const picture = single ? avatar(single) : h("span.room-mark", {}, icon(kind === "private" ? "lock" : kind === "direct" ? "people" : "hash"));
    const note = !room ? "new conversation" : callsOf(room.state) || isUnread(room.state) ? "unread" : "";
    return h("li.option", { id: `choice-${index}`, role: "option", "aria-selected": "false", dataset: { index } }, picture, h("bdi", {}, name), note ? h("span.option-note", {}, note) : null);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const step = STEPS[event.key];
    if (step && choices.length) activate((active + step + choices.length) % choices.length);
    else if (event.key === "Enter" && !event.isComposing) choose(/** @type {HTMLElement | undefined} */ (list.children[active]));
    else return;
    event.preventDefault();
  }

  /** @param {number} index */
  function activate(index) {
    active = Math.max(0, index);
    for (const [place, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(place === active && choices.length > 0));
    list.children[active]?.scrollIntoView({ block: "nearest" });
    if (choices.length) input.setAttribute("aria-activedescendant", `choice-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  /** @param {HTMLElement | null | undefined} option */
  function choose(option) {
    const choice = option && choices[Number(option.dataset.index)];
    if (!choice) return;
    dialog.close();
    if (choice.room) app.go(choice.room.id);
    else if (choice.person) app.converse([choice.person.id]);
  }
}
