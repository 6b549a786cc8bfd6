// Order by drag or by keyboard: <ol data-sortable> of rows with a .grip button; "sorted" is sent when it changed.
(() => {
  const rows = (list) => [...list.children].filter((row) => row.matches("[data-row]"));
  const say = (text) => { document.getElementById("said").textContent = text; };

  function done(list, row) {
    const at = rows(list).indexOf(row) + 1;
    say(list.dataset.moved.replace("%t", row.dataset.title).replace("%n", at).replace("%m", rows(list).length));
    htmx.trigger(list, "sorted");
  }

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-sortable] .grip");
    if (!grip || event.button) return;
    const row = grip.closest("[data-row]");
    const list = row.parentElement;
    const before = rows(list).indexOf(row);
    row.classList.add("dragged");
    // The list holds the pointer: a row that is moved in the page loses it.
    list.setPointerCapture(event.pointerId);
    const move = (now) => {
      const other = rows(list).find((one) => {
        const box = one.getBoundingClientRect();
        return now.clientY >= box.top && now.clientY < box.bottom;
      });
      if (!other || other === row) return;
      const box = other.getBoundingClientRect();
      other[now.clientY < box.top + box.height / 2 ? "before" : "after"](row);
    };
    const end = () => {
      list.removeEventListener("pointermove", move);
      row.classList.remove("dragged");
      if (rows(list).indexOf(row) !== before) done(list, row);
    };
    list.addEventListener("pointermove", move);
    list.addEventListener("lostpointercapture", end, { once: true });
  });

  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest && event.target.closest("[data-sortable] .grip");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!grip || !step) return;
    event.preventDefault();
    const row = grip.closest("[data-row]");
    const list = row.parentElement;
    const all = rows(list);
    const other = all[all.indexOf(row) + step];
    if (!other) return;
    other[step < 0 ? "before" : "after"](row);
    grip.focus();
    done(list, row);
  });
})();
