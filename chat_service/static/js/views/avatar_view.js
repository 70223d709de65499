import { hueOf, initialsOf } from "../format.js";
import { h } from "./dom.js";

/** @param {import("../timeline.js").Person} person @param {string} [className] @returns {HTMLElement} for the eye only: the name is always beside it */
export const avatar = ({ id, name }, className = "") =>
  h("span.avatar", { class: `hue-${hueOf(id)} ${className}`, "aria-hidden": "true" }, initialsOf(name));

/** With a dot that says whether they are here, and words for those who can't see it. @param {import("../timeline.js").Person} person @param {boolean} isHere */
export const face = (person, isHere) =>
  h("span.face", {}, avatar(person), isHere ? h("span.face-dot", { title: "online" }, h("span.visually-hidden", {}, "online, ")) : null);
