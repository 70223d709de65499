const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element. Text enters as text, never as markup; `on...` is a listener, `class` and `dataset` are what they say,
 * true and false set and leave an attribute.
 *
 * @param {string} tag with its classes: "button.link"
 * @param {Record<string, any>} [props]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) set(made, key, value);
  for (const child of children) if (child || child === "") made.append(child);
  return made;
}

/** @param {any} made an element of whatever kind @param {string} key @param {any} value what its kind takes */
function set(made, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key === "class") made.classList.add(...value.split(" ").filter(Boolean));
  else if (key === "dataset") Object.assign(made.dataset, value);
  else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
  else if (key === "value") made.value = value;
  else made.setAttribute(key, value === true ? "" : value);
}

/** @param {string} name of a symbol in icons/sprite.svg @returns {SVGElement} for the eye only */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons/sprite.svg#${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} name of the icon @param {string} label @param {Record<string, any>} [props] @returns {HTMLButtonElement} */
export function iconButton(name, label, props = {}) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, ...props }, icon(name));
}

/** @param {Event} event @param {string} selector @returns {HTMLElement | null} where it happened, or what is around that, if it matches */
export const around = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/** @param {string} id @returns {any} */
export const part = (id) => document.getElementById(id);

/** Brings the children of an element to these, touching only what differs. @param {Element} parent @param {Element[]} children */
export function setChildren(parent, children) {
  if (parent.children.length === children.length && children.every((child, index) => child.isEqualNode(parent.children[index]))) return;
  parent.replaceChildren(...children);
}

/**
 * Brings a list to these elements by their `data-key`, so that what stays the same keeps focus and place.
 *
 * @param {Element} list
 * @param {HTMLElement[]} elements
 */
export function patch(list, elements) {
  const before = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  let place = list.firstElementChild;
  for (const made of elements) {
    const known = before.get(made.dataset.key);
    before.delete(made.dataset.key);
    const element = known?.isEqualNode(made) ? known : made;
    if (known && element !== known) {
      if (known === place) place = element;
      known.replaceWith(element);
      if (known.contains(focused)) (/** @type {HTMLElement} */ (element.querySelector("a, button") ?? element)).focus({ preventScroll: true });
    }
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const gone of before.values()) gone.remove();
}
