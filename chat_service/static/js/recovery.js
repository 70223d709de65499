// A page of which one file was lost on the way never starts: it loads itself again, a few times, each a little later.
// A classic script ahead of all others, since a module would be lost with them.
"use strict";

(() => {
  const KEY = "parley.lost";
  const MOST = 4;
  let isLost = false;

  window.addEventListener("error", ({ target }) => target instanceof HTMLScriptElement && again(), true);
  window.addEventListener("parley-started", () => sessionStorage.removeItem(KEY));

  function again() {
    const times = Number(sessionStorage.getItem(KEY)) + 1;
    if (isLost || times > MOST) return;
    isLost = true;
    sessionStorage.setItem(KEY, String(times));
    setTimeout(() => location.reload(), times * 500);
  }
})();
