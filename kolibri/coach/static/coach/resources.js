// Resources ticked, taken out and moved: kept here, in the order they were done, until the server has them.
(() => {
  const changes = document.getElementById("changes");
  const said = document.getElementById("said");
  const wished = new Map(); // resource id -> whether it shall be in the lesson
  let order = null;
  let sent = { wished: new Map(), order: null };
  let isStale = false; // the list on the page is not what the server last answered

  const chosen = () => [...document.querySelectorAll("#chosen [name=order]")].map((field) => field.value);
  const isPending = () => wished.size > 0 || order !== null;

  // A tick shows what will be: what is in the lesson, and what is on its way.
  function showTicks() {
    const ids = new Set(chosen());
    const ticks = [...document.querySelectorAll("#picker [name=add]")];
    for (const tick of ticks) tick.checked = wished.has(tick.value) ? wished.get(tick.value) : ids.has(tick.value);
    const all = document.querySelector("#picker [data-tick-all]");
    if (!all) return;
    const ticked = ticks.filter((tick) => tick.checked).length;
    all.hidden = false;
    Object.assign(all.querySelector("input"), { checked: ticked === ticks.length, indeterminate: ticked > 0 && ticked < ticks.length });
  }

  function wish(isIn, ...ids) {
    for (const id of ids) {
      wished.delete(id);
      wished.set(id, isIn);
    }
    if (ids.length) htmx.trigger(changes, "wished");
    showTicks();
  }

  function parameters() {
    const ids = (isIn) => [...wished.keys()].filter((id) => wished.get(id) === isIn);
    return { add: ids(true), remove: ids(false), order: order || [] };
  }

  document.addEventListener("change", ({ target }) => {
    if (target.matches("#picker [name=add]")) wish(target.checked, target.value);
    if (!target.matches("#picker [data-tick-all] input")) return;
    const others = [...document.querySelectorAll("#picker [name=add]")].filter((tick) => tick.checked !== target.checked);
    wish(target.checked, ...others.map((tick) => tick.value));
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#chosen [name=remove]");
    if (!button) return;
    event.preventDefault();
    const { title } = button.closest("[data-row]").dataset;
    said.textContent = document.getElementById("chosen").dataset.removed.replace("%t", title);
    wish(false, button.value);
  });

  document.addEventListener("sorted", () => {
    order = chosen();
    htmx.trigger(changes, "wished");
  });

  changes.addEventListener("htmx:configRequest", ({ detail }) => {
    sent = { wished: new Map(wished), order };
    for (const [name, ids] of Object.entries(parameters())) if (ids.length) detail.parameters[name] = ids;
    // What is only moved stands in its place already.
    if (wished.size || !order || isStale) detail.parameters.show = "list";
  });

  function settled() {
    for (const [id, isIn] of sent.wished) if (wished.get(id) === isIn) wished.delete(id);
    if (order === sent.order) order = null;
  }

  // The list comes with other answers too, which say nothing of what was sent from here.
  let isAnswer = false;
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => { isAnswer = detail.requestConfig.elt === changes; });

  // An answer older than what was done since, or one that comes while a row is dragged, waits for the next one.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.id !== "chosen") return;
    if (isAnswer) settled();
    isStale = isPending() || Boolean(document.querySelector("#chosen .dragged"));
    if (isStale) event.detail.shouldSwap = false;
  });
  document.addEventListener("pointerup", () => {
    if (isStale) htmx.trigger(changes, "wished");
  });

  document.body.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
    if (target.id === "chosen") showTicks();
  });
  changes.addEventListener("htmx:afterRequest", ({ detail }) => {
    // Refused: the page shows again what the lesson has. Unanswered (status 0): it is sent again.
    if (detail.xhr.status) settled();
    showTicks();
  });

  // What is on its way when the page goes is sent along: saying it twice does no harm.
  window.addEventListener("pagehide", () => {
    if (!isPending()) return;
    const form = new FormData();
    form.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    for (const [name, ids] of Object.entries(parameters())) ids.forEach((id) => form.append(name, id));
    navigator.sendBeacon(changes.getAttribute("hx-post"), form);
  });

  document.body.addEventListener("htmx:afterSwap", ({ detail: { elt } }) => {
    if (elt.id === "picker") showTicks();
  });
  showTicks();
})();
