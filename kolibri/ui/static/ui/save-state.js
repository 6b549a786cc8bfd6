// Autosave's line, #saved-state: the server puts "Saved" there; here stands what it cannot say itself.
(() => {
  const SLOW = 400;
  const timers = new Map();
  const saves = (event) => event.detail.elt && event.detail.elt.matches("[data-saves]");

  function write(text) {
    const state = document.getElementById("saved-state");
    if (state) state.textContent = text;
  }

  // What is being typed is not saved yet, whatever was before.
  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-saves]")) write("");
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!saves(event)) return;
    const { elt } = event.detail;
    clearTimeout(timers.get(elt));
    timers.set(elt, setTimeout(() => write(document.body.dataset.saving), SLOW));
  });
  document.body.addEventListener("htmx:afterRequest", (event) => clearTimeout(timers.get(event.detail.elt)));
  // Refused or failed: "Saved" from before must not stand there any longer.
  document.body.addEventListener("htmx:responseError", (event) => {
    if (saves(event)) write(document.body.dataset.refused);
  });
})();
