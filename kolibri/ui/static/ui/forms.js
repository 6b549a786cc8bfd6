// What plain forms lack: a button to see a password, one press sent once, a choice that sends itself.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shows]");
    if (!button) return;
    const field = document.getElementById(button.dataset.shows);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });

  // The second press of a slow first one does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  // A page that comes back with the Back button may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // Of several faulty fields the first is where to go on, unless the page names one itself.
  const faulty = document.querySelector("main [aria-invalid='true'][autofocus]") || document.querySelector("main [aria-invalid='true']");
  if (faulty) faulty.focus();
})();
