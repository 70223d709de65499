import { counted } from "../notices.js";
import { confirm } from "./dialog_view.js";

const SIGN_OUT = "/signout"; // which asks, and leaves nothing in this browser

/** What would be lost is told before. @param {import("./app.js").App} app */
export function signOut(app) {
  const { unsent } = app.client.outbox;
  const leave = async () => location.assign(SIGN_OUT);
  if (!unsent) return void leave();
  confirm("Sign out and lose messages?", `${counted(unsent, "message")} ${unsent === 1 ? "has" : "have"} not been sent. Signing out removes ${unsent === 1 ? "it" : "them"} from this browser.`, "Go on", leave);
}
