// A page of which one file was lost on the way never starts: it loads itself again, each time a little later.
// A classic script ahead of all others, since a module would be lost with them.
"use strict";

(() => {
  const KEY = "parley.lost";
  const LATER_MS = 500;
  const LATEST_MS = 10_000;
  let isLost = false;

  window.addEventListener("error", ({ target }) => target instanceof HTMLScriptElement && again(), true);
  window.addEventListener("parley-started", () => sessionStorage.removeItem(KEY));

  function again() {
    if (isLost) return;
    isLost = true;
    const times = Number(sessionStorage.getItem(KEY)) + 1;
    sessionStorage.setItem(KEY, String(times));
    setTimeout(() => location.reload(), Math.min(times * LATER_MS, LATEST_MS));
  }
})();
