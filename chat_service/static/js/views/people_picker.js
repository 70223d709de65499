import { RequestFailed, failed } from "../requests.js";
import { h, icon, iconButton } from "./dom.js";
import { form, openDialog } from "./dialog_view.js";
import { personRow } from "./room_dialogs.js";
import { toast } from "./toast_view.js";

const GATHER_MS = 150; // of typing is one question

/**
 * Lets one choose people by name: what is chosen stands above the field, what is found below it.
 *
 * @param {import("./app.js").App} app
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.action
 * @param {number} options.most
 * @param {() => Promise<string>} [options.link] makes a link for people who are not here yet
 * @param {(people: import("../timeline.js").Person[]) => Promise<void>} options.onChosen
 */
export function openPeoplePicker(app, { title, action, most, link, onChosen }) {
  /** @type {import("../timeline.js").Person[]} */
  let chosen = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const chips = h("ul.chips", { "aria-label": "Chosen" });
  const found = h("ul.people.found", { "aria-label": "People" });
  const note = h("p.panel-note", { role: "status" });
  const search = h("input.search", { type: "search", placeholder: "Name of a person", "aria-label": "Name of a person", autocomplete: "off", autofocus: true, oninput: soon, onkeydown: pressed });
  openDialog(title, (close) => [
    form([chips, search, found, note], action, async () => {
      if (!chosen.length) throw new RequestFailed("invalid", "Choose somebody first.");
      await onChosen(chosen);
      close();
    }),
    link && drawLink(link),
  ]);
  find();

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(find, GATHER_MS);
  }

  async function find() {
    const query = search.value.trim();
    const answer = await app.act({ op: "people", query, limit: 20 });
    if (!answer || query !== search.value.trim()) return;
    const people = answer.people.filter((/** @type {import("../timeline.js").Person} */ { id }) => id !== app.client.me.id && !chosen.some((person) => person.id === id));
    found.replaceChildren(...people.map((/** @type {import("../timeline.js").Person} */ person) => h("li", {}, h("button.person", { type: "button", onclick: () => choose(person) }, ...personRow(person)))));
    note.textContent = people.length ? "" : query ? "Nobody of this name." : "Nobody else is here yet.";
  }

  /** @param {import("../timeline.js").Person} person */
  function choose(person) {
    if (chosen.length >= most) return toast(`At most ${most} people.`);
    chosen = [...chosen, person];
    search.value = "";
    search.focus();
    draw();
    find();
  }

  /** @param {import("../timeline.js").Person} person */
  function drop(person) {
    chosen = chosen.filter((other) => other !== person);
    search.focus();
    draw();
    find();
  }

  function draw() {
    chips.replaceChildren(...chosen.map((person) => h("li.chip", {}, ...personRow(person), iconButton("close", `Without ${person.name}`, { onclick: () => drop(person) }))));
  }

  /** Enter takes the first that was found; with nothing written, it sends the form. @param {KeyboardEvent} event */
  function pressed(event) {
    const first = found.querySelector("button");
    if (event.key === "Enter" && search.value.trim() && first) {
      event.preventDefault();
      first.click();
    }
    const last = chosen.at(-1);
    if (event.key === "Backspace" && !search.value && last) drop(last);
  }
}

/** @param {() => Promise<string>} link makes it */
function drawLink(link) {
  const shown = h("input", { type: "text", readonly: true, "aria-label": "Invitation link", hidden: true });
  const button = h("button.row-button", { type: "button", onclick: make }, icon("link"), "Invite by link");
  return h("div.invite-link", {}, button, shown, h("p.panel-note", {}, "For people who have no account here yet."));

  async function make() {
    try {
      shown.value = await link();
      shown.hidden = false;
      shown.select();
      await navigator.clipboard.writeText(shown.value);
      toast("Link copied.");
    } catch (problem) {
      if (shown.hidden) toast(failed(problem).message);
    }
  }
}
