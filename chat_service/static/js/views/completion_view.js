import { completed, tokenAt } from "../completion.js";
import { around, h } from "./dom.js";

/** @typedef {NonNullable<ReturnType<typeof tokenAt>>} Token */
/** @typedef {{insert: string, label: string, note?: string, picture?: Node}} Choice */

/** @type {Record<string, number | undefined>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** Offers what completes the word at the caret, by keyboard: the field keeps the focus. */
export class CompletionView {
  #field;
  #list;
  #find;
  #onComplete;
  /** @type {Token | null} */
  #token = null;
  /** @type {Choice[]} */
  #choices = [];
  #active = 0;
  /** @type {number | null} */
  #dismissed = null;

  /**
   * @param {object} parts
   * @param {HTMLTextAreaElement} parts.field
   * @param {HTMLElement} parts.list
   * @param {(token: Token, refresh: () => void) => Choice[]} parts.find `refresh` when more has come
   * @param {(text: string, caret: number) => void} parts.onComplete
   */
  constructor({ field, list, find, onComplete }) {
    this.#field = field;
    this.#list = list;
    this.#find = find;
    this.#onComplete = onComplete;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.addEventListener("blur", () => this.close());
    field.addEventListener("click", () => this.update());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus in the field
    list.addEventListener("click", (event) => this.#clicked(event));
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** The text or the caret has changed. */
  update() {
    const { value, selectionStart, selectionEnd } = this.#field;
    this.#token = selectionStart === selectionEnd ? tokenAt(value, selectionStart) : null;
    if (this.#token?.from !== this.#dismissed) this.#dismissed = null;
    this.#active = 0;
    this.#show();
  }

  close() {
    this.#token = null; // what comes late opens nothing again
    this.#hide();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the list */
  pressed(event) {
    const token = this.#token;
    if (!this.isOpen || !token) return false;
    const step = STEPS[event.key];
    if (step) this.#activate((this.#active + step + this.#choices.length) % this.#choices.length);
    else if (event.key === "Enter" && isWritten(this.#choices[this.#active], token)) {
      this.close(); // there is nothing left to complete, so Enter means to send
      return false;
    } else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#choices[this.#active]);
    else if (event.key === "Escape") {
      this.#dismissed = token.from;
      this.close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #show() {
    if (!this.#token || this.#dismissed === this.#token.from) return this.#hide();
    const token = this.#token;
    this.#choices = this.#find(token, () => this.#token === token && this.#show());
    this.#list.replaceChildren(
      ...this.#choices.map(({ label, note, picture }, index) =>
        h("li.option", { id: `${this.#list.id}-${index}`, role: "option", "aria-selected": "false", dataset: { index } }, picture, h("bdi", {}, label), note ? h("span.option-note", {}, note) : null),
      ),
    );
    this.#list.hidden = !this.#choices.length;
    if (this.#choices.length) this.#activate(Math.min(this.#active, this.#choices.length - 1));
    else this.#hide();
  }

  #hide() {
    this.#list.hidden = true;
    this.#field.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    for (const [place, option] of [...this.#list.children].entries()) option.setAttribute("aria-selected", String(place === index));
    this.#list.children[index].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `${this.#list.id}-${index}`);
  }

  /** @param {Event} event */
  #clicked(event) {
    const option = around(event, "[data-index]");
    if (option) this.#choose(this.#choices[Number(option.dataset.index)]);
  }

  /** @param {Choice} choice */
  #choose(choice) {
    if (!this.#token) return;
    const { text, caret } = completed(this.#field.value, this.#token, choice.insert);
    this.close();
    this.#onComplete(text, caret);
  }
}

/** @param {Choice} choice @param {Token} token */
const isWritten = ({ insert }, { kind, query }) => insert === kind + query;
