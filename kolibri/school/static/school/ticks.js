// One tick for all: <label data-ticks="id of the form" hidden><input type="checkbox">…</label>.
(() => {
  for (const label of document.querySelectorAll("[data-ticks]")) {
    const all = label.querySelector("input");
    const form = document.getElementById(label.dataset.ticks);
    const boxes = [...form.elements].filter((one) => one.type === "checkbox" && one.name);
    const show = () => {
      const ticked = boxes.filter((one) => one.checked).length;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const one of boxes) one.checked = all.checked;
    });
    for (const one of boxes) one.addEventListener("change", show);
    window.addEventListener("pageshow", show);
    label.hidden = boxes.length === 0;
    show();
  }
})();
