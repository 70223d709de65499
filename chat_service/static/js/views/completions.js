import { ranked } from "../ranking.js";
import { avatar } from "./avatar_view.js";
import { h, icon } from "./dom.js";

const MOST = 8;

/** What completes a name or an emoji: what is at hand at once, and what the server knows a moment later. @param {import("./app.js").App} app */
export function completions(app) {
  const asked = new Set();

  return (/** @type {import("./completion_view.js").Token} */ token, /** @type {() => void} */ refresh) => {
    if (token.kind === ":") return emoji(token, refresh);
    return token.kind === "#" ? rooms(token) : people(token, refresh);
  };

  /** @param {import("./completion_view.js").Token} token @param {() => void} refresh */
  function people({ query }, refresh) {
    const { client, room } = app;
    if (!room) return [];
    const isDirect = room.state.kind === "direct";
    const key = `${room.id} ${query}`;
    if (!isDirect && client.online && !asked.has(key)) {
      asked.add(key);
      if (asked.size > 500) asked.clear(); // asked again, that is all
      client.request({ op: "members", room: room.id, query, limit: MOST }).then(refresh, () => asked.delete(key));
    }
    const members = isDirect ? (room.state.people ?? []) : [...app.members(room.id).list.map((member) => member.person), ...client.people.all];
    const unique = [...new Map(members.map((person) => [person.id, person])).values()].filter(({ id }) => id !== client.me.id);
    return ranked(query, unique, ({ name }) => name).slice(0, MOST).map((person) => ({ insert: `@${person.name}`, label: person.name, picture: avatar(person) }));
  }

  /** @param {import("./completion_view.js").Token} token */
  function rooms({ query }) {
    const open = app.client.rooms.all.filter(({ state }) => state.kind !== "direct");
    return ranked(query, open, ({ title }) => title).slice(0, MOST).map((room) => ({ insert: `#${room.title}`, label: room.title, note: room.state.topic, picture: icon(room.state.kind === "private" ? "lock" : "hash") }));
  }

  /** @param {import("./completion_view.js").Token} token @param {() => void} refresh */
  function emoji({ query }, refresh) {
    if (!app.emoji.isLoaded) app.emoji.load().then((all) => all.length && refresh());
    return app.emoji.find(query, MOST).map(({ emoji: one, names }) => ({ insert: one, label: `:${names[0]}:`, picture: h("span.option-emoji", {}, one) }));
  }
}
