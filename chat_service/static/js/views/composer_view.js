import { lengthOf } from "../format.js";
import { CompletionView } from "./completion_view.js";
import { around, h, icon, iconButton } from "./dom.js";
import { wordsOf } from "./markup.js";
import { toast } from "./toast_view.js";

const COUNT_FROM = 0.9; // of the limit: before that, nobody wants to know

/** @typedef {{reply?: import("../timeline.js").Entry, edit?: import("../timeline.js").Entry}} Mode */

/** The field one writes in. Never disabled: what cannot leave yet waits in the outbox. */
export class ComposerView {
  #parts;
  #completion;
  #context = h("div.composer-context", { hidden: true });
  #note = h("p.composer-count");
  #field;
  #draftOf = "";
  /** @type {Mode} */
  #mode = {};
  #entersBreakLines = matchMedia("(pointer: coarse)");
  #grows = !CSS.supports("field-sizing", "content");

  /**
   * @param {object} parts
   * @param {string} parts.id of the field
   * @param {string} parts.label of the form
   * @param {import("../drafts.js").Drafts} parts.drafts
   * @param {() => number} parts.limit characters of one message
   * @param {(text: string, replyTo: number | undefined) => void} parts.onSend
   * @param {(entry: import("../timeline.js").Entry, text: string) => Promise<unknown>} parts.onEdit null if it was refused, which has been said
   * @param {() => void} parts.onTyping
   * @param {() => import("../timeline.js").Entry | undefined} parts.lastOwn the message that Up edits
   * @param {ConstructorParameters<typeof CompletionView>[0]["find"]} parts.complete
   * @param {(anchor: HTMLElement, onPick: (emoji: string) => void) => void} parts.pickEmoji
   */
  constructor(parts) {
    this.#parts = parts;
    const noteId = `${parts.id}-note`;
    const listId = `${parts.id}-options`;
    this.#note.id = noteId;
    this.#field = h("textarea", { id: parts.id, name: "text", rows: "1", "aria-describedby": noteId, enterkeyhint: "enter", autocomplete: "off" });
    const list = h("ul.options", { id: listId, role: "listbox", "aria-label": "Suggestions", hidden: true });
    const smile = iconButton("smile", "Emoji", { onclick: () => parts.pickEmoji(smile, (emoji) => this.insert(emoji)) });
    const send = h("button.composer-send", { type: "submit", "aria-label": "Send", title: "Send" }, icon("send"));
    this.element = h(
      "form.composer-form",
      { "aria-label": parts.label, onsubmit: (/** @type {Event} */ event) => this.#submitted(event), onpointerdown: (/** @type {Event} */ event) => this.#keepKeyboard(event) },
      list,
      this.#context,
      h("div.composer-box", {}, this.#field, smile, send),
      this.#note,
    );
    this.#completion = new CompletionView({ field: this.#field, list, find: parts.complete, onComplete: (text, caret) => this.#set(text, caret) });
    this.#field.addEventListener("input", (/** @type {InputEvent} */ event) => this.#typed(event));
    this.#field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#pressed(event));
  }

  /** @param {string} draftOf whose draft this is @param {string} label @param {number} [replyTo] what all that is written here answers */
  show(draftOf, label, replyTo) {
    this.#draftOf = draftOf;
    this.replyTo = replyTo;
    this.#field.placeholder = label;
    this.#field.setAttribute("aria-label", label);
    this.#become({});
    this.#set(this.#parts.drafts.get(draftOf));
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  get isEmpty() {
    return !this.#field.value;
  }

  /** Another tab has changed the draft. */
  draftChanged() {
    const draft = this.#parts.drafts.get(this.#draftOf);
    if (!this.#mode.edit && draft !== this.#field.value) this.#set(draft);
  }

  /** @param {import("../timeline.js").Entry} entry */
  reply(entry) {
    this.#leaveEdit();
    this.#become({ reply: entry });
    this.focus();
  }

  /** What one answers may be edited or go meanwhile. @param {(seq: number) => import("../timeline.js").Entry | undefined} find the entry as it is now */
  revise(find) {
    const { reply } = this.#mode;
    const now = reply && find(reply.seq);
    if (!now || now === reply) return;
    this.#become(now.erased ? {} : { reply: now });
    if (now.erased) toast("The message that you were replying to is gone.");
  }

  /** @param {import("../timeline.js").Entry} entry */
  edit(entry) {
    this.#become({ edit: entry });
    this.#set(entry.text ?? "");
    this.focus();
  }

  /** Takes a text in where the cursor is, as if it had been typed. @param {string} text */
  insert(text) {
    this.focus();
    this.#field.setRangeText(text, this.#field.selectionStart, this.#field.selectionEnd, "end");
    this.#changed();
  }

  /** @param {string} text @param {number} [caret] */
  #set(text, caret = text.length) {
    this.#field.value = text;
    this.#field.setSelectionRange(caret, caret);
    this.#changed();
  }

  /** @param {InputEvent} event */
  #typed(event) {
    this.#changed();
    if (!event.isComposing) this.#completion.update();
    if (this.#field.value.trim() && !this.#mode.edit) this.#parts.onTyping();
  }

  #changed() {
    if (!this.#mode.edit) this.#parts.drafts.set(this.#draftOf, this.#field.value);
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // While an input method composes, Enter picks a candidate; Safari says so only by the old key code.
    if (event.isComposing || event.keyCode === 229 || this.#completion.pressed(event)) return;
    if (event.key === "Escape" && (this.#mode.reply || this.#mode.edit)) this.#cancel(event);
    if (event.key === "ArrowUp" && this.isEmpty && !event.altKey && !event.ctrlKey && !event.metaKey) this.#editLast(event);
    if (event.key !== "Enter" || event.shiftKey || event.altKey || (this.#entersBreakLines.matches && !event.ctrlKey)) return;
    event.preventDefault();
    if (!event.repeat) this.element.requestSubmit(); // a key held down is not a second message
  }

  /** @param {Event} event */
  #editLast(event) {
    const last = this.#parts.lastOwn();
    if (!last) return;
    event.preventDefault();
    this.edit(last);
  }

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault();
    this.focus();
    this.#completion.close();
    const text = trimmed(this.#field.value);
    const { edit, reply } = this.#mode;
    if (!text || lengthOf(text) > this.#parts.limit()) return;
    if (edit) {
      this.#cancel();
      if (text !== edit.text) this.#change(edit, text);
      return;
    }
    this.#become({});
    this.#set(""); // before anything else: a second Enter finds nothing to send
    this.#parts.onSend(text, reply?.seq ?? this.replyTo);
  }

  /** A text that is refused comes back, unless something else is begun here by then. @param {import("../timeline.js").Entry} entry @param {string} text */
  async #change(entry, text) {
    const [place, draft, mode] = [this.#draftOf, this.#field.value, this.#mode];
    if ((await this.#parts.onEdit(entry, text)) !== null) return;
    const isFree = place === this.#draftOf && draft === this.#field.value && mode === this.#mode && this.element.isConnected;
    if (!isFree) return toast("Your change was not saved.", { action: "Copy its text", run: () => this.#copy(text), keeps: true });
    this.#become({ edit: entry });
    this.#set(text);
  }

  /** @param {string} text */
  #copy(text) {
    navigator.clipboard.writeText(text).catch(() => this.insert(text)); // without the right to the clipboard, a place from which one can copy
  }

  /** @param {Event} [event] */
  #cancel(event) {
    event?.stopPropagation();
    event?.preventDefault();
    this.#leaveEdit();
    this.#become({});
  }

  #leaveEdit() {
    if (!this.#mode.edit) return;
    this.#mode = {};
    this.#set(this.#parts.drafts.get(this.#draftOf));
  }

  /** @param {Mode} mode */
  #become(mode) {
    this.#mode = mode;
    const { reply, edit } = mode;
    this.element.classList.toggle("composer-edits", Boolean(edit));
    this.#context.hidden = !reply && !edit;
    const words = edit ? [icon("edit"), h("span", {}, "Editing your message")] : reply ? [icon("reply"), h("span", {}, "Replying to ", h("bdi", {}, reply.author.name)), h("span.quote-text", {}, wordsOf(reply))] : [];
    this.#context.replaceChildren(...words, iconButton("close", edit ? "Stop editing" : "Do not reply", { onclick: () => (this.#cancel(), this.focus()) }));
  }

  /** Tapping the button must not close the keyboard of a phone. @param {Event} event */
  #keepKeyboard(event) {
    if (around(event, "button")) event.preventDefault();
  }

  #show() {
    const limit = this.#parts.limit();
    const left = limit - lengthOf(trimmed(this.#field.value));
    this.element.classList.toggle("composer-over", left < 0);
    this.#field.setAttribute("aria-invalid", String(left < 0));
    this.#note.textContent = note(left, limit);
    if (this.#grows) {
      this.#field.style.blockSize = "auto";
      this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
    }
  }
}

/** Empty lines around a text are slips of the finger; spaces that indent its first line are not. @param {string} text */
function trimmed(text) {
  return text.replace(/^(?:[^\S\n]*\n)+/u, "").trimEnd();
}

/** @param {number} left @param {number} limit */
function note(left, limit) {
  if (left < 0) return `${-left} too many: a message holds ${limit} characters`;
  return left <= limit * (1 - COUNT_FROM) ? `${left} left` : "";
}
