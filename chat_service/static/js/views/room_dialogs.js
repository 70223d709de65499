import { counted } from "../notices.js";
import { RequestFailed } from "../requests.js";
import { avatar } from "./avatar_view.js";
import { field, form, openDialog } from "./dialog_view.js";
import { h, icon } from "./dom.js";
import { openPeoplePicker } from "./people_picker.js";

/** @typedef {{id: string, name: string, topic?: string, members?: number, joined?: boolean, archived?: boolean}} Found a public room */

const GATHER_MS = 150; // of typing is one question

/** @param {import("./app.js").App} app */
export function openCreate(app) {
  const { name_chars: nameChars, topic_chars: topicChars } = app.client.limits;
  openDialog("Create a room", (close) => [
    form(
      [
        field({ name: "name", label: "Name", maxlength: nameChars, required: true, placeholder: "design" }),
        field({ name: "topic", label: "Topic", hint: "What is it about? Not needed now.", maxlength: topicChars }),
        h(
          "fieldset.choices",
          {},
          h("legend", {}, "Who can find it?"),
          h("label.choice", {}, h("input", { type: "radio", name: "kind", value: "public", checked: true }), "Everybody on this server"),
          h("label.choice", {}, h("input", { type: "radio", name: "kind", value: "private" }), "Only who is invited"),
        ),
      ],
      "Create",
      async ({ name, topic, kind }) => {
        const { room } = await app.client.request({ op: "create", name: name.trim(), topic: topic.trim() || undefined, kind });
        close();
        app.goWhenThere(room);
      },
    ),
  ]);
}

/** @param {import("./app.js").App} app */
export function openFind(app) {
  const list = h("ul.found", { "aria-label": "Rooms" });
  const note = h("p.panel-note", { role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Found[]} */
  let rooms = [];
  openDialog("Find rooms", (close) => {
    const search = h("input.search", { type: "search", placeholder: "Name of a room", "aria-label": "Name of a room", autocomplete: "off", autofocus: true, oninput: soon });
    const more = h("button.button.button-quiet", { type: "button", hidden: true, onclick: () => find(true) }, "More");
    find(false);
    return [search, list, note, more];

    function soon() {
      clearTimeout(timer);
      timer = setTimeout(() => find(false), GATHER_MS);
    }

    /** @param {boolean} goesOn */
    async function find(goesOn) {
      const query = search.value.trim();
      const answer = await app.act({ op: "rooms", query, after: goesOn ? more.dataset.after : undefined });
      if (!answer || query !== search.value.trim()) return;
      rooms = goesOn ? [...rooms, ...answer.rooms] : answer.rooms;
      more.hidden = !answer.next;
      more.dataset.after = answer.next ?? "";
      list.replaceChildren(...rooms.map((room) => drawFound(app, room, close)));
      note.textContent = rooms.length ? "" : query ? "No room has this name." : "There are no public rooms yet. Create the first.";
    }
  });
}

/** @param {import("./app.js").App} app @param {Found} room @param {() => void} close */
function drawFound(app, { id, name, topic, members, joined, archived }, close) {
  const words = [counted(members ?? 0, "member"), archived && "archived", topic].filter(Boolean).join(" · ");
  const go = async () => {
    if (!joined && !(await app.act({ op: "join", room: id }))) return;
    close();
    app.goWhenThere(id);
  };
  return h(
    "li.found-room",
    {},
    h("span.room-mark", {}, icon("hash")),
    h("div.found-words", {}, h("bdi.found-name", {}, name), h("p.panel-note", {}, words)),
    h("button.button", { type: "button", class: joined ? "button-quiet" : "", onclick: go, "aria-label": `${joined ? "Open" : "Join"} ${name}` }, joined ? "Open" : "Join"),
  );
}

/** @param {import("./app.js").App} app */
export function openConverse(app) {
  openPeoplePicker(app, {
    title: "New conversation",
    action: "Open",
    most: app.client.limits.conversation_people - 1,
    onChosen: async (people) => {
      const { room } = await app.client.request({ op: "open", people: people.map((person) => person.id) });
      app.goWhenThere(room);
    },
  });
}

/** @param {import("./app.js").App} app @param {import("../room.js").Room} room */
export function openInvite(app, room) {
  openPeoplePicker(app, {
    title: `Add people to ${room.title}`,
    action: "Add",
    most: 50,
    link: () => invitationLink(room.id),
    onChosen: async (people) => {
      for (const person of people) await app.client.request({ op: "invite", room: room.id, person: person.id });
      app.toast(`Added ${people.map((person) => person.name).join(", ")}.`);
    },
  });
}

/** A link by which somebody new comes to this server and into the room. @param {string} room @returns {Promise<string>} */
async function invitationLink(room) {
  const answer = await fetch("/api/auth/invitations", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ room }),
  }).catch(() => {
    throw new RequestFailed("disconnected");
  });
  const told = await answer.json().catch(() => ({})); // the gateway's own words are for no program
  if (!answer.ok) throw new RequestFailed(told.code ?? "unavailable", told.detail ?? "The link could not be made.");
  return told.url;
}

/** @param {import("../timeline.js").Person} person */
export const personRow = (person) => [avatar(person), h("bdi.person-name", {}, person.name)];
