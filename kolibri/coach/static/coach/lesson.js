// The lesson's own fields: whom it is for, its title and note.
(() => {
  const typed = "#id-title, #id-description, [data-typed]";
  const plan = document.getElementById("plan");

  // "Whole class" and parts of it exclude one another: ticking one takes the other's ticks away.
  document.addEventListener("change", (event) => {
    const box = event.target;
    const people = box.closest("[data-people]");
    if (!people || box.type !== "checkbox" || !box.checked) return;
    const whole = "whole" in box.dataset;
    for (const other of people.querySelectorAll("input[type=checkbox]:checked")) {
      if (other !== box && (whole || "whole" in other.dataset)) other.checked = false;
    }
  }, true);

  // What was sent and not answered may have arrived: the next message says so, or a tick that is gone again would stay.
  document.body.addEventListener("htmx:beforeSend", ({ target }) => {
    if (!target.matches("[data-people]")) return;
    const sent = target.querySelector("[name='people_sent']");
    const ticked = [...target.querySelectorAll("input:checked")].map((box) => box.value);
    sent.value = [...new Set([...sent.value.split(","), ...ticked])].join(",");
  });

  // A new lesson's proposed title is there to be typed over.
  for (const field of document.querySelectorAll("[data-select]")) field.select();

  // A sentence under a field marks the field too, for eyes and for screen readers.
  document.body.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
    const field = target.id.startsWith("error-") && document.getElementById(target.id.replace("error-", "id-"));
    if (field) field.setAttribute("aria-invalid", String(target.textContent.trim() !== ""));
  });

  // `defaultValue` is what the server has; what it has not when the page goes is sent on the way out.
  const sent = new WeakMap();
  document.body.addEventListener("htmx:beforeSend", ({ target }) => {
    if (target.matches(typed)) sent.set(target, target.value);
  });
  document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (detail.successful && target.matches(typed)) target.defaultValue = sent.get(target);
  });
  window.addEventListener("pagehide", () => {
    for (const field of document.querySelectorAll(typed)) {
      if (field.value === field.defaultValue) continue;
      const form = new FormData();
      form.append("csrfmiddlewaretoken", plan.elements.csrfmiddlewaretoken.value);
      form.append("sent", field.name);
      form.append(field.name, field.value);
      navigator.sendBeacon(plan.action, form);
    }
  });
})();
