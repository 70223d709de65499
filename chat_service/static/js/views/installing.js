const UNSAVED = "dialog, .form, .composer-edits, .toast-keeps";

/**
 * Registers the service worker. An update takes over by itself; pages that run older code load the new one where nobody sees
 * it, and offer it where somebody does.
 *
 * @param {string} version of this page
 * @param {(reload: () => void) => void} offer
 */
export async function install(version, offer) {
  if (!("serviceWorker" in navigator)) return;
  let isOffered = false;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (!data?.version || data.version === version) return;
    const reload = () => location.reload();
    // What was begun is kept as a draft, and what was sent in the outbox; what is in a form, or in a toast that keeps it, is nowhere else.
    if (document.hidden && !document.querySelector(UNSAVED)) return reload();
    if (!isOffered) offer(reload); // once, however many updates come: it loads whichever is the newest
    isOffered = true;
  });
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
    document.addEventListener("visibilitychange", () => document.hidden || registration.update().catch(() => {}));
  } catch {
    // Without it the page works, just not without the network.
  }
}
