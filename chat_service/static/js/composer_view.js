import { lengthOf } from "./format.js";

const COUNT_FROM = 0.9; // of the limit: before that, nobody wants to know

/** The field one writes in. Never disabled: what cannot leave yet waits in the outbox. */
export class ComposerView {
  #form;
  #field;
  #note;
  #draft;
  #limit;
  #onSend;
  #entersBreakLines = matchMedia("(pointer: coarse)");
  #grows = !CSS.supports("field-sizing", "content");

  /**
   * @param {object} parts
   * @param {{form: HTMLFormElement, field: HTMLTextAreaElement, note: HTMLElement}} parts.elements
   * @param {import("./draft.js").Draft} parts.draft
   * @param {() => number} parts.limit characters of one message
   * @param {(text: string) => void} parts.onSend
   */
  constructor({ elements, draft, limit, onSend }) {
    this.#form = elements.form;
    this.#field = elements.field;
    this.#note = elements.note;
    this.#draft = draft;
    this.#limit = limit;
    this.#onSend = onSend;
    this.#field.value ||= draft.text;
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#form.addEventListener("pointerdown", (event) => this.#keepKeyboard(event));
    this.#show();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Takes a text in where the cursor is, as if it had been typed. @param {string} text */
  insert(text) {
    this.focus();
    this.#field.setRangeText(text, this.#field.selectionStart, this.#field.selectionEnd, "end");
    this.#changed();
  }

  #changed() {
    this.#draft.text = this.#field.value;
    this.#show();
  }

  #pressed(event) {
    // While an input method composes, Enter picks a candidate; Safari says so only by the old key code.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || composing || event.shiftKey || event.altKey || this.#entersBreakLines.matches) return;
    event.preventDefault();
    if (!event.repeat) this.#form.requestSubmit(); // a key held down is not a second message
  }

  #submitted(event) {
    event.preventDefault();
    this.focus();
    const text = trimmed(this.#field.value);
    if (!text || lengthOf(text) > this.#limit()) return;
    this.#field.value = ""; // before anything else: a second Enter finds nothing to send
    this.#changed();
    this.#onSend(text);
  }

  /** Tapping the button must not close the keyboard of a phone. */
  #keepKeyboard(event) {
    if (event.target.closest("button")) event.preventDefault();
  }

  #show() {
    const left = this.#limit() - lengthOf(trimmed(this.#field.value));
    this.#form.classList.toggle("composer-over", left < 0);
    this.#field.setAttribute("aria-invalid", String(left < 0));
    this.#note.textContent = note(left, this.#limit());
    if (this.#grows) {
      this.#field.style.blockSize = "auto";
      this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
    }
  }
}

/** Empty lines around a text are slips of the finger; spaces that indent its first line are not. */
function trimmed(text) {
  return text.replace(/^(?:[^\S\n]*\n)+/u, "").trimEnd();
}

function note(left, limit) {
  if (left < 0) return `${-left} too many: a message holds ${limit} characters`;
  return left <= limit * (1 - COUNT_FROM) ? `${left} left` : "";
}
