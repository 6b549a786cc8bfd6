// Tick all channels of a stick, or none; what was ticked stays so when another stick comes.
(() => {
  const set = new Map();
  const ready = () => {
    document.querySelectorAll("[data-ticks]").forEach((button) => { button.hidden = false; });
    set.forEach((checked, id) => {
      const tick = document.getElementById(id);
      if (tick) tick.checked = checked;
    });
  };
  ready();
  document.body.addEventListener("htmx:afterSettle", ready);
  document.addEventListener("change", (event) => {
    if (event.target.name === "channel") set.set(event.target.id, event.target.checked);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ticks]");
    if (!button) return;
    button.closest("form").querySelectorAll("input[name=channel]").forEach((tick) => {
      tick.checked = button.dataset.ticks === "all";
      set.set(tick.id, tick.checked);
    });
  });
})();
