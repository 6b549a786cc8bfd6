// Ticks of folders and of what is in them go together, and the sum of what is ticked follows them.
(() => {
  const form = document.querySelector("form[data-sums]");
  if (!form) return;
  const [sums, sizes] = [JSON.parse(form.dataset.sums), JSON.parse(form.dataset.sizes)];
  const ticks = [...form.querySelectorAll("[data-part]")];
  const byNumber = new Map(ticks.map((tick) => [Number(tick.dataset.part), tick]));
  const inside = (tick) => tick.closest("li").querySelectorAll("li [data-part]");
  const around = function* (tick) {
    for (let place = tick.closest("li").parentElement.closest("li"); place; place = place.parentElement.closest("li")) {
      yield place.querySelector("[data-part]");
    }
  };
  const inWords = (bytes) => {
    const [unit, words] = sizes.units.findLast(([least]) => bytes >= least) ?? sizes.units[0];
    return words.replace("{}", unit === 1 ? String(bytes) : (bytes / unit).toFixed(1).replace(".", sizes.point));
  };
  const tell = () => {
    for (const tick of ticks) tick.indeterminate = !tick.checked && [...inside(tick)].some((inner) => inner.checked);
    const isTouched = (number) => byNumber.get(number)?.checked || byNumber.get(number)?.indeterminate;
    let bytes = ticks.some((tick) => tick.checked) ? Number(form.dataset.always) : 0;
    for (const [size, ...numbers] of sums) if (numbers.some(isTouched)) bytes += size;
    for (const teller of form.querySelectorAll("[data-says]")) {
      const words = teller.dataset.says.replace("{}", inWords(bytes));
      if (teller.textContent !== words) teller.textContent = words;
    }
    document.getElementById("too-much").hidden = bytes <= Number(form.dataset.room);
  };
  form.addEventListener("change", ({ target }) => {
    if (target.dataset.part === undefined) return;
    inside(target).forEach((inner) => { inner.checked = target.checked; });
    // A folder's tick stands for all that is, and later will be, in it: only a press of its own sets it.
    if (!target.checked) for (const outer of around(target)) outer.checked = false;
    tell();
  });
  ticks.filter((tick) => tick.checked).forEach((tick) => inside(tick).forEach((inner) => { inner.checked = true; }));
  // With nothing ticked the page's own words say more than "0 bytes".
  if (ticks.some((tick) => tick.checked)) tell();
})();
