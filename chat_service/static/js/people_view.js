import { drawAvatar } from "./row_view.js";

const NARROW = "(max-width: 48rem)"; // as in people.css

/** Who is here. A column beside the conversation; on a phone a sheet that opens over it. */
export class PeopleView {
  #elements;
  #me;
  #narrow = matchMedia(NARROW);

  /**
   * @param {{page: HTMLElement, panel: HTMLElement, list: HTMLElement, toggle: HTMLButtonElement, count: HTMLElement,
   *   close: HTMLButtonElement, scrim: HTMLElement, behind: HTMLElement[]}} elements
   * @param {string} me
   */
  constructor(elements, me) {
    this.#elements = elements;
    this.#me = me;
    elements.toggle.addEventListener("click", () => this.#toggle());
    elements.close.addEventListener("click", () => this.#openSheet(false));
    elements.scrim.addEventListener("click", () => this.#openSheet(false));
    elements.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.#openSheet(false));
    this.#narrow.addEventListener("change", () => this.#fit());
    this.#fit();
  }

  /** @param {import("./presence.js").Presence} presence */
  render(presence) {
    const { people } = presence;
    if (!people.length) return; // not told yet: better nothing than a wrong zero
    this.#elements.count.textContent = String(people.length);
    this.#elements.toggle.setAttribute("aria-label", people.length === 1 ? "People: 1 here" : `People: ${people.length} here`);
    this.#elements.list.replaceChildren(...people.map((person) => this.#draw(person)));
  }

  #draw({ id, name }) {
    const person = element("li", "person");
    const face = element("span", "person-face");
    face.append(drawAvatar(id, name), element("span", "person-dot"));
    const label = element("bdi", "person-name", name);
    label.title = name;
    person.append(face, label);
    if (id === this.#me) person.append(element("span", "person-you", "you"));
    person.append(element("span", "visually-hidden", "online"));
    return person;
  }

  #toggle() {
    if (this.#narrow.matches) return this.#openSheet(true);
    const alone = this.#elements.page.classList.toggle("chat-alone");
    this.#elements.toggle.setAttribute("aria-expanded", String(!alone));
  }

  /** While the sheet is open, what lies behind it is out of reach for keyboard and screen reader too. */
  #openSheet(open) {
    const { page, toggle, close, scrim, behind } = this.#elements;
    if (!this.#narrow.matches) return;
    page.classList.toggle("people-open", open);
    scrim.hidden = !open;
    for (const part of behind) part.inert = open;
    toggle.setAttribute("aria-expanded", String(open));
    (open ? close : toggle).focus();
  }

  #fit() {
    const { page, toggle, scrim, behind } = this.#elements;
    page.classList.remove("people-open");
    scrim.hidden = true;
    for (const part of behind) part.inert = false;
    const shown = !this.#narrow.matches && !page.classList.contains("chat-alone");
    toggle.setAttribute("aria-expanded", String(shown));
  }
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
