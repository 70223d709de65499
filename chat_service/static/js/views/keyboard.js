/**
 * Where the on-screen keyboard covers the page instead of shrinking it (iOS), takes the height from what is left visible,
 * so that the composer stays above the keys. Elsewhere `100dvh` says the same and nothing is set.
 *
 * @param {HTMLElement} page
 */
export function followKeyboard(page) {
  const viewport = window.visualViewport;
  viewport?.addEventListener("resize", () => {
    const covered = viewport.scale === 1 && window.innerHeight - viewport.height > 1;
    if (covered) page.style.setProperty("--viewport-height", `${viewport.height}px`);
    else page.style.removeProperty("--viewport-height");
    if (covered) window.scrollTo(0, 0); // iOS pushes the page up to show the field, which the new height already does
  });
}
