/** What JavaScript adds to the forms, which work without it: seeing one's password, and not sending twice. */

for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[type="password"]'))) offerReveal(field);
for (const form of document.querySelectorAll("form")) guardAgainstTwice(form);

/** @param {HTMLInputElement} field */
function offerReveal(field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button field-reveal";
  button.textContent = "Show";
  button.setAttribute("aria-label", `Show ${field.labels?.[0].textContent.toLowerCase()}`);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  });
  // Browsers offer to save only what was a password field when it was sent.
  field.form?.addEventListener("submit", () => (field.type = "password"));
  field.after(button);
}

/** @param {HTMLFormElement} form */
function guardAgainstTwice(form) {
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector("[data-busy]"));
  if (!button) return;
  const label = button.textContent;
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    sent = true;
    button.textContent = button.dataset.busy ?? label;
  });
  // Coming back by the back button shows the page as it was left.
  window.addEventListener("pageshow", () => {
    sent = false;
    button.textContent = label;
  });
}
