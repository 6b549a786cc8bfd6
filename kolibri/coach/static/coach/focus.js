// Where the keyboard is when a part of the lesson's page is put anew.
(() => {
  const said = document.getElementById("said");
  const idOf = (row) => row.querySelector("[name=order]").value;
  let focus = null;

  // In the chosen list it stays on its row, or on the one that took the place of what was taken out.
  document.body.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
    if (target.id !== "chosen") return;
    const row = document.activeElement.closest("#chosen [data-row]");
    const { className } = document.activeElement;
    focus = row && { id: idOf(row), place: [...row.parentElement.children].indexOf(row), className };
  });
  document.body.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
    if (target.id !== "chosen" || !focus) return;
    const rows = [...document.querySelectorAll("#chosen [data-row]")];
    const row = rows.find((one) => idOf(one) === focus.id) || rows[Math.min(focus.place, rows.length - 1)];
    const same = row && [...row.querySelectorAll("a, button")].find((one) => one.className === focus.className);
    (same || document.getElementById("chosen-title")).focus();
    focus = null;
  });

  // In the picker it goes to the rows of the folder that was opened; who searches goes on typing and hears how many.
  let narrowing = ""; // the id of the choice that a search is narrowed with just now
  document.body.addEventListener("htmx:beforeSwap", () => {
    narrowing = document.activeElement.matches("#picker select") ? document.activeElement.id : "";
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail: { elt } }) => {
    if (elt.id !== "picker") return;
    const field = document.getElementById("id-q");
    if (narrowing) document.getElementById(narrowing)?.focus();
    if (document.activeElement === field || narrowing) {
      said.textContent = elt.dataset.found;
      return;
    }
    field.value = elt.dataset.query;
    const list = elt.querySelector("ul");
    if (list) list.focus({ preventScroll: true });
  });
})();
