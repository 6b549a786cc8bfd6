// "Whole class" and parts of it exclude one another: ticking one takes the other's ticks away.
document.addEventListener("change", (event) => {
  const box = event.target;
  const people = box.closest && box.closest("[data-people]");
  if (!people || box.type !== "checkbox" || !box.checked) return;
  const whole = "whole" in box.dataset;
  for (const other of people.querySelectorAll("input[type=checkbox]:checked")) {
    if (other !== box && (whole || "whole" in other.dataset)) other.checked = false;
  }
}, true);

// A new lesson's proposed title is there to be typed over.
for (const field of document.querySelectorAll("[data-select]")) field.select();

// What was taken out of the lesson is no longer ticked in the picker.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const button = event.detail.elt;
  if (!event.detail.successful || button.name !== "remove") return;
  const tick = document.getElementById(`pick-${button.value}`);
  if (tick) tick.checked = false;
});
