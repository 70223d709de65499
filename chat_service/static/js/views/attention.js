import { Notifying } from "../notifying.js";
import { pathOf } from "../place.js";
import { totals } from "../sidebar_order.js";
import { browser } from "../surroundings.js";
import { wordsOf } from "./markup.js";

const ICON = "/static/icons/parley-192.png";

/** What calls the reader from outside the page: its title, the badge of the app, notifications. */
export class Attention {
  #app;
  #notifying;
  #told = "";

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.#app = app;
    this.#notifying = new Notifying({
      me: app.client.me.id,
      tabs: app.client.tabs,
      surroundings: browser,
      allowed: () => "Notification" in window && Notification.permission === "granted",
      words: wordsOf,
      show: (call) => show(call),
      close: (room) => close(room),
    });
    navigator.serviceWorker?.addEventListener("message", ({ data }) => data?.go && app.goTo(data.go));
  }

  get mayAsk() {
    return "Notification" in window && Notification.permission === "default";
  }

  async ask() {
    const answer = await Notification.requestPermission();
    this.#app.toast(answer === "granted" ? "Notifications are on." : "Notifications stay off. The browser's settings for this site can change that.");
  }

  /** @param {import("../room.js").Room} room @param {import("../timeline.js").RoomEvent[]} events */
  arrived(room, events) {
    this.#notifying.arrived(room, events);
  }

  /** Somebody deleted their account. @param {import("../folding.js").Gone} gone */
  gone(gone) {
    this.#notifying.gone(gone);
  }

  render() {
    const rooms = this.#app.client.rooms.all;
    this.#notifying.settle(rooms);
    const { calls, unread } = totals(rooms);
    const mark = calls ? `(${calls}) ` : unread ? "• " : "";
    const title = `${mark}${this.#app.room ? `${this.#app.room.title} · ` : ""}Parley`;
    if (document.title !== title) document.title = title;
    if (this.#told === mark) return;
    this.#told = mark;
    const badge = calls ? navigator.setAppBadge?.(calls) : unread ? navigator.setAppBadge?.() : navigator.clearAppBadge?.();
    badge?.catch(() => {}); // not installed: there is no badge to set
  }
}

/** By the service worker where there is one: it also hears the click when no page is left, and phones know no other way. @param {{room: string, seq: number, title: string, body: string}} call */
async function show({ room, seq, title, body }) {
  const options = { body, tag: room, icon: ICON, badge: ICON, data: { path: pathOf(room, seq) } };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration?.active) return registration.showNotification(title, options);
  const notification = new Notification(title, options);
  notification.onclick = () => (window.focus(), location.assign(options.data.path));
  shown.set(room, notification);
}

/** @param {string} room */
async function close(room) {
  shown.get(room)?.close();
  shown.delete(room);
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const notification of (await registration?.getNotifications({ tag: room })) ?? []) notification.close();
}

/** @type {Map<string, Notification>} */
const shown = new Map();
