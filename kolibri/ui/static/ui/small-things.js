// What plain forms lack: a button to see a password, one press once, print, back, filters.
(() => {
  const ready = (root) => {
    root.querySelectorAll("[data-shows], [data-print], [data-back]").forEach((button) => { button.hidden = false; });
  };
  ready(document);
  document.body.addEventListener("htmx:load", (event) => ready(event.target.parentElement || document));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shows], [data-print], [data-back]");
    if (!button) return;
    if (button.dataset.shows) {
      const field = document.getElementById(button.dataset.shows);
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    } else if ("print" in button.dataset) {
      window.print();
    } else {
      history.back();
    }
  });

  // A form that must be sent once: the second press of a slow first one does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // A list that shrinks as one types: <input data-filters="id of the list">.
  document.addEventListener("input", (event) => {
    const list = event.target.dataset && event.target.dataset.filters;
    if (!list) return;
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const words = fold(event.target.value).split(/\s+/).filter(Boolean);
    for (const row of document.getElementById(list).children) {
      const text = fold(row.textContent);
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
})();
