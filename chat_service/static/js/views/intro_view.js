import { h, icon } from "./dom.js";
import { avatar } from "./avatar_view.js";

/** How a room begins, above its first message. @param {HTMLElement} intro @param {import("../room.js").Room} room @param {import("./app.js").App} app */
export function drawIntro(intro, room, app) {
  const { kind, topic } = room.state;
  const isDirect = kind === "direct";
  const others = (room.state.people ?? []).filter((person) => person.id !== app.client.me.id);
  const key = `${room.id} ${room.title} ${topic ?? ""} ${kind}`;
  if (intro.dataset.key === key) return;
  intro.dataset.key = key;
  const mark = isDirect ? h("span.intro-faces", {}, ...others.slice(0, 4).map((person) => avatar(person))) : h("span.intro-mark", {}, icon(kind === "private" ? "lock" : "hash"));
  intro.replaceChildren(mark, h("p.intro-title", {}, room.title), h("p", {}, sentence(room)), topic ? h("p.intro-topic", {}, topic) : "");
}

/** @param {import("../room.js").Room} room */
function sentence({ id, title, state: { kind } }) {
  if (id === "lobby") return "Everyone on this server shares it, and this is where its story begins. Say hello.";
  if (kind === "direct") return `This is where your conversation with ${title} begins. Only the people in it can read it.`;
  if (kind === "private") return "This is where it begins. Only its members can find and read this room.";
  return "This is where it begins. Everybody on this server can find this room, join and read it.";
}
