import { icon, h } from "./dom.js";

// The server makes messages safe. This is the second wall: whatever comes, only these tags and attributes reach the page.
const TAGS = new Set(["p", "br", "strong", "em", "s", "del", "code", "pre", "ul", "ol", "li", "blockquote", "a", "span", "hr", "h1", "h2", "h3", "h4", "h5", "h6"]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const LANGUAGE = /^language-[\w+#.-]{1,32}$/;
const MAX_DEPTH = 40;

/**
 * The message's markup as elements of this page, each made anew: nothing that a parser made is put in.
 *
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function markup(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html"); // runs no script and loads nothing
  const made = document.createDocumentFragment();
  for (const node of parsed.body.childNodes) copy(node, made, 0);
  return made;
}

/** What a message says, without its marks: for a place of one line. @param {{text?: string, html?: string}} message @returns {string} */
export const wordsOf = ({ text = "", html }) => (html ? (markup(html).textContent ?? "").trim() : text);

/** @param {Node} node @param {ParentNode} parent @param {number} depth */
function copy(node, parent, depth) {
  if (node instanceof Text) parent.append(node.data);
  if (!(node instanceof Element) || depth > MAX_DEPTH) return;
  const name = node.localName;
  const made = TAGS.has(name) ? element(name, node) : null;
  if (!made && /^(script|style|template|iframe|object|noscript|svg|math)$/.test(name)) return; // their text is no text
  for (const child of node.childNodes) copy(child, made ?? parent, depth + 1);
  if (made) parent.append(name === "pre" ? withCopyButton(made) : made);
}

/** @param {string} name @param {Element} node */
function element(name, node) {
  if (name === "a") return link(node);
  const made = h(/^h\d$/.test(name) ? "p.heading" : name); // a message does not take part in the page's outline
  if (name === "span" && node.classList.contains("mention")) {
    made.className = "mention";
    const person = node.getAttribute("data-person");
    if (person) made.dataset.person = person;
  }
  if (name === "code" && LANGUAGE.test(node.className)) made.className = node.className;
  if (name === "ol" && Number.isInteger(Number(node.getAttribute("start")))) made.start = Number(node.getAttribute("start") ?? 1);
  return made;
}

/** @param {Element} node */
function link(node) {
  const target = address(node.getAttribute("href") ?? "");
  if (!target) return null;
  const isOurs = target.origin === location.origin;
  return h("a", { href: target.href, ...(isOurs ? {} : { target: "_blank", rel: "noopener noreferrer nofollow" }) });
}

/** @param {string} href */
function address(href) {
  try {
    const url = new URL(href, location.origin);
    return SCHEMES.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** @param {HTMLElement} pre */
function withCopyButton(pre) {
  const button = h("button.code-copy", { type: "button", "aria-label": "Copy code", title: "Copy code", dataset: { action: "copy-code" } }, icon("copy"));
  return h("div.code", {}, pre, button);
}
