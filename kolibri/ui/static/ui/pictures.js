// Three pictures to sign in: the first two presses stay on the page, the third sends the form.
// Without this script each press is sent, and the answer shows what was pressed so far.
(() => {
  const form = document.querySelector("[data-pictures]");
  if (!form) return;

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=picture]");
    if (!button) return;
    const slots = form.querySelectorAll("[data-empty]");
    if (slots.length < 2) return;
    event.preventDefault();
    const [slot] = slots;
    slot.append(...[...button.children].map((part) => part.cloneNode(true)));
    slot.removeAttribute("data-empty");
    const before = form.elements.so_far;
    before.value = before.value ? `${before.value}.${button.value}` : button.value;
    const pressed = form.querySelectorAll(".pressed li:not([data-empty])").length;
    document.getElementById("said").textContent = form.dataset.said.replace("%n", pressed);
  });

  // A page that comes back from the browser's own memory starts anew.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
