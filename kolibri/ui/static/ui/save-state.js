// Autosave's line, #saved-state: the server puts "Saved" there; here stands what it cannot say itself.
(() => {
  const SLOW = 400;
  const timers = new Map();
  // Fields that were typed in and not sent yet, and those whose answer has not come.
  const typed = new Set();
  const sent = new Set();
  const saves = (event) => event.detail.elt && event.detail.elt.matches("[data-saves]");

  function write(text) {
    const state = document.getElementById("saved-state");
    if (state) state.textContent = text;
  }

  // What is being typed is not saved yet, whatever was before.
  document.addEventListener("input", (event) => {
    const field = event.target.closest("[data-saves]");
    if (!field) return;
    typed.add(field);
    write("");
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!saves(event)) return;
    const { elt } = event.detail;
    typed.delete(elt);
    sent.add(elt);
    clearTimeout(timers.get(elt));
    timers.set(elt, setTimeout(() => write(document.body.dataset.saving), SLOW));
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    clearTimeout(timers.get(elt));
    sent.delete(elt);
    // One field is saved: the page is when the others are, too.
    const open = [...typed, ...sent].some((field) => field.isConnected);
    if (saves(event) && successful && open) write("");
  });
  // Refused or failed: "Saved" from before must not stand there any longer.
  document.body.addEventListener("htmx:responseError", (event) => {
    if (saves(event)) write(document.body.dataset.refused);
  });
})();
