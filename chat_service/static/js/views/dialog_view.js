import { failed } from "../requests.js";
import { h, iconButton } from "./dom.js";

/**
 * A dialog over the page. The platform keeps the focus inside, closes it on Esc and gives the focus back.
 *
 * @param {string} title
 * @param {(close: () => void) => (Node | null | false)[]} build its content
 * @param {{className?: string}} [options]
 * @returns {() => void} closes it
 */
export function openDialog(title, build, { className = "" } = {}) {
  const dialog = h("dialog.dialog", { "aria-labelledby": "dialog-title", class: className });
  const close = () => dialog.close();
  const head = h("header.dialog-head", {}, h("h2", { id: "dialog-title" }, title), iconButton("close", "Close", { onclick: close }));
  const body = h("div.dialog-body", {}, ...build(close).filter(Boolean));
  if (!body.querySelector("input, button, textarea")) body.tabIndex = 0; // what only scrolls is scrolled by keys
  dialog.append(head, body);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (/** @type {Event} */ event) => event.target === dialog && close()); // beside the box, which fills the dialog
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[autofocus], input, textarea, .button")?.focus();
  return close;
}

/**
 * A labelled field, with a place for what is wrong with it.
 *
 * @param {{name: string, label: string, hint?: string, value?: string, multiline?: boolean, maxlength?: number, required?: boolean, placeholder?: string}} field
 */
export function field({ name, label, hint, multiline, ...attributes }) {
  const id = `field-${name}`;
  const input = h(multiline ? "textarea" : "input", { id, name, autocomplete: "off", "aria-describedby": `${id}-note`, ...attributes });
  return h("div.field", {}, h("label", { for: id }, label), input, h("p.field-note", { id: `${id}-note` }, hint ?? ""));
}

/**
 * A form that sends a request, and says at its field what the server refused.
 *
 * @param {(Node | null | false)[]} parts
 * @param {string} action the button's word
 * @param {(values: Record<string, string>) => Promise<unknown>} submit
 * @param {{danger?: boolean, cancel?: () => void}} [options]
 */
export function form(parts, action, submit, { danger = false, cancel } = {}) {
  const problem = h("p.form-problem", { role: "alert", hidden: true });
  const button = h("button.button", { type: "submit", class: danger ? "button-danger" : "" }, action);
  const made = h("form.form", { onsubmit: send, novalidate: true }, ...parts, problem, h("div.form-actions", {}, cancel && h("button.button.button-quiet", { type: "button", onclick: cancel }, "Cancel"), button));
  return made;

  /** @param {Event} event */
  async function send(event) {
    event.preventDefault();
    if (button.ariaDisabled === "true") return; // a second click while the first is under way
    clear(made, problem);
    button.ariaDisabled = "true";
    try {
      await submit(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(made))));
    } catch (refused) {
      show(made, problem, failed(refused));
    } finally {
      button.ariaDisabled = "false";
    }
  }
}

/** @param {HTMLFormElement} made @param {HTMLElement} problem @param {import("../requests.js").RequestFailed} refused */
function show(made, problem, refused) {
  const at = refused.field ? /** @type {HTMLInputElement | null} */ (made.querySelector(`[name="${CSS.escape(refused.field)}"]`)) : null;
  const around = at?.closest(".field");
  const note = /** @type {HTMLElement | null | undefined} */ (around?.querySelector(".field-note"));
  if (!at || !around || !note) {
    problem.textContent = refused.message;
    problem.hidden = false;
    return;
  }
  note.dataset.hint = note.textContent ?? "";
  note.textContent = refused.message;
  around.classList.add("field-wrong");
  at.setAttribute("aria-invalid", "true");
  at.focus();
}

/** @param {HTMLFormElement} made @param {HTMLElement} problem */
function clear(made, problem) {
  problem.hidden = true;
  for (const wrong of made.querySelectorAll(".field-wrong")) {
    wrong.classList.remove("field-wrong");
    wrong.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    const note = /** @type {HTMLElement | null} */ (wrong.querySelector(".field-note"));
    if (note) note.textContent = note.dataset.hint ?? "";
  }
}

/** @param {string} title @param {string} text @param {string} action @param {() => Promise<unknown>} run */
export function confirm(title, text, action, run) {
  openDialog(title, (close) => [
    form([h("p", {}, text)], action, async () => {
      await run();
      close();
    }, { danger: true, cancel: close }),
  ]);
}
