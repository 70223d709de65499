import { around, h } from "./dom.js";
import { openPopover } from "./popover_view.js";

const COLUMNS = 8;
/** @type {Record<string, number | undefined>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/**
 * A field to search emoji and a grid to choose from; arrow keys move, Enter takes.
 *
 * @param {HTMLElement} anchor
 * @param {import("../emoji.js").Emoji} emoji
 * @param {(emoji: string) => void} onPick
 */
export async function openEmojiPicker(anchor, emoji, onPick) {
  const grid = h("div.emoji-grid", { id: "emoji-grid", role: "listbox", "aria-label": "Emoji", onclick: (/** @type {Event} */ event) => pick(around(event, "[data-emoji]")) });
  const name = h("p.emoji-name", { "aria-hidden": "true" });
  const search = h("input.search", {
    type: "search", placeholder: "Search emoji", role: "combobox", "aria-label": "Search emoji", "aria-expanded": "true", "aria-controls": "emoji-grid", autocomplete: "off",
    oninput: draw, onkeydown: pressed,
  });
  const { close } = openPopover(anchor, h("div.emoji-picker", {}, search, grid, name), { label: "Choose an emoji", className: "popover-emoji" });
  let active = 0;
  draw();
  search.focus();
  await emoji.load();
  draw();

  function draw() {
    const query = search.value.trim();
    const shown = query ? emoji.find(query).map((found) => found.emoji) : [...new Set([...emoji.recent, ...emoji.find("", 2_000).map((found) => found.emoji)])];
    grid.replaceChildren(
      ...shown.map((one, index) => h("div.emoji", { id: `emoji-${index}`, role: "option", "aria-selected": "false", "aria-label": emoji.nameOf(one).replaceAll("_", " "), dataset: { emoji: one } }, one)),
    );
    if (!shown.length) grid.append(h("p.empty", { role: "option", "aria-selected": "false", "aria-disabled": "true" }, "No emoji has this name."));
    activate(0);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const step = STEPS[event.key];
    if (step) activate(Math.max(0, Math.min(grid.children.length - 1, active + step)));
    else if (event.key === "Enter") pick(grid.children[active]);
    else return;
    event.preventDefault();
  }

  /** @param {number} index */
  function activate(index) {
    grid.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = grid.children[active];
    if (!option?.dataset.emoji) return search.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", option.id);
    name.textContent = `:${emoji.nameOf(option.dataset.emoji)}:`;
  }

  /** @param {HTMLElement | null} option */
  function pick(option) {
    if (!option?.dataset.emoji) return;
    close();
    emoji.used(option.dataset.emoji);
    onPick(option.dataset.emoji);
  }
}
