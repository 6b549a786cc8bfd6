// What is typed while an answer is on its way is not overwritten by it.
(() => {
  const sent = new WeakMap();
  let typed = [];
  let marked = null;

  const key = (field) => `${field.id} ${field.getAttribute("aria-label") || ""}`;
  const fields = () => document.querySelectorAll("form input[id]");
  const values = () => new Map([...fields()].map((field) => [key(field), field.value]));

  const restore = () => {
    const wanted = new Map(typed);
    for (const field of fields()) {
      if (wanted.has(key(field)) && field.value !== wanted.get(key(field))) field.value = wanted.get(key(field));
    }
    // htmx gives the focus back, and a selection too unless it begins with the first letter.
    const field = document.activeElement;
    if (marked && field && key(field) === marked.key) field.setSelectionRange(marked.start, marked.end);
  };

  document.addEventListener("htmx:beforeSend", (event) => sent.set(event.detail.xhr, values()));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const field = document.activeElement;
    const holds = field && field.matches("form input[id]") && field.selectionStart !== null;
    marked = holds ? { key: key(field), start: field.selectionStart, end: field.selectionEnd } : null;
    const before = sent.get(event.detail.xhr) || new Map();
    typed = [...values()].filter(([name, value]) => before.has(name) && before.get(name) !== value);
  });
  document.addEventListener("htmx:afterSwap", restore);
  document.addEventListener("htmx:oobAfterSwap", restore);
})();
