const NARROW = "(max-width: 48rem)"; // as in the style sheets

/**
 * The browser's way back. Narrow screens show one pane at a time, so that each is a step of its own: from the panel to the room,
 * from the room to the list, which lies under the first room that is shown.
 *
 * @typedef {"rooms" | "room" | "panel"} Pane
 * @typedef {{kind: import("./panel_view.js").Kind, about?: number}} Panel
 */
export class WayBack {
  /** @returns {Pane} that belongs to where one is on the way */
  get pane() {
    return history.state?.pane ?? "room";
  }

  /** The panel that belongs to where one is, if one does. @returns {Panel | null} */
  get panel() {
    return this.pane === "panel" ? (history.state.panel ?? null) : null;
  }

  get isNarrow() {
    return matchMedia(NARROW).matches;
  }

  /** Puts the list under the page that was opened. */
  begin() {
    if (!this.isNarrow || history.state?.pane) return;
    this.settle(location.pathname, "rooms", 0);
    this.step(location.pathname, "room");
  }

  /** @param {string} path @param {Pane} pane @param {Panel} [panel] */
  step(path, pane, panel) {
    history.pushState({ pane, panel, depth: this.#depth + 1 }, "", path);
  }

  /** In the place of the last step. @param {string} path @param {Pane} [pane] @param {number} [depth] steps above the list */
  settle(path, pane = this.pane, depth = this.#depth) {
    history.replaceState({ pane, panel: history.state?.panel, depth }, "", path);
  }

  /** To a room: a panel that one leaves for it is no place to come back to. @param {string} path */
  go(path) {
    if (this.pane === "panel") this.settle(path, "room");
    else if (path !== location.pathname || this.pane !== "room") this.step(path, "room");
  }

  /** @returns {boolean} whether the list is on the way, and one is going there */
  toRooms() {
    const isOnTheWay = this.#depth > 0 && this.isNarrow;
    if (isOnTheWay) history.go(-this.#depth);
    return isOnTheWay;
  }

  get #depth() {
    return history.state?.depth ?? 0;
  }
}
