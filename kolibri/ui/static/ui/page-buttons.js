// Buttons that only a script can serve stay hidden without one: data-print, data-back, data-shows.
// A link with data-opens="id of a <dialog>" asks in place; without a script it leads to a page that asks.
(() => {
  const NEEDS_SCRIPT = "[data-shows], [data-print], [data-back]";
  const show = (root) => root.querySelectorAll(NEEDS_SCRIPT).forEach((button) => {
    button.hidden = "back" in button.dataset && history.length < 2;
  });
  show(document);
  document.body.addEventListener("htmx:load", (event) => show(event.target.parentElement || document));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-print], [data-back], [data-opens], [data-closes]");
    if (!button) return;
    if ("print" in button.dataset) window.print();
    else if ("back" in button.dataset) history.back();
    else if ("closes" in button.dataset) {
      event.preventDefault();
      button.closest("dialog").close();
    } else {
      event.preventDefault();
      document.getElementById(button.dataset.opens).showModal();
    }
  });
})();
