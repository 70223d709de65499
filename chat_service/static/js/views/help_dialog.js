import { openDialog } from "./dialog_view.js";
import { h } from "./dom.js";

const MOD = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";
/** @type {[string, [string[], string][]][]} */
const KEYS = [
  ["Anywhere", [[[MOD, "K"], "Go to a room or person"], [["Alt", "↑"], "The room above"], [["Alt", "↓"], "The room below"], [["Alt", "Shift", "↑"], "The unread room above"], [["Alt", "Shift", "↓"], "The unread room below"], [["Esc"], "Close what is open"], [[MOD, "/"], "This list"]]],
  ["Writing", [[["Enter"], "Send"], [["Shift", "Enter"], "New line"], [["↑"], "Edit your last message, from an empty field"], [["@"], "Name a person"], [["#"], "Name a room"], [[":"], "An emoji, by its name"]]],
  ["On a message", [[["↑"], "The message above"], [["↓"], "The message below"], [["Enter"], "All actions"], [["R"], "Reply"], [["E"], "Edit"], [["+"], "React"], [["T"], "Open the thread"], [["U"], "Mark unread"], [["Delete"], "Delete"]]],
];

export function openHelp() {
  openDialog("Keyboard shortcuts", () => KEYS.map(([title, keys]) => h("section.keys", {}, h("h3", {}, title), h("dl", {}, ...keys.map(draw)))), { className: "dialog-wide" });
}

/** @param {[string[], string]} key */
const draw = ([keys, what]) => h("div.key", {}, h("dt", {}, what), h("dd", {}, ...keys.map((key) => h("kbd", {}, key))));
