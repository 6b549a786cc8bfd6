// Keeps what was typed into <form data-draft="name"> in this browser until the server has answered to it.
(() => {
  const { dataset } = document.body;
  const START = "draft ";
  const keyOf = (form) => `${START}${dataset.person} ${form.dataset.draft}`;
  const read = (key) => JSON.parse(localStorage.getItem(key));
  const write = (key, draft) => localStorage.setItem(key, JSON.stringify(draft));
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";
  const fieldsOf = (form) => [...form.elements].filter(
    (field) => field.name && !["password", "file", "hidden", "submit", "button", "fieldset"].includes(field.type),
  );

  // A tick is known by what it stands for, a text by its name and place: rows may have come or gone since.
  function named(form) {
    const seen = {};
    return fieldsOf(form).map((field) => {
      seen[field.name] = (seen[field.name] || 0) + 1;
      return [isTick(field) ? `${field.name}=${field.value}` : `${field.name} ${seen[field.name]}`, field];
    });
  }

  function keep(form) {
    const values = Object.fromEntries(named(form).map(([name, field]) => [name, isTick(field) ? field.checked : field.value]));
    write(keyOf(form), { values, sent: false });
  }

  function offer(form) {
    const line = document.createElement("div");
    const back = document.createElement("button");
    line.className = "notice";
    line.setAttribute("role", "status");
    line.append(dataset.kept);
    back.className = "button";
    back.type = "button";
    back.textContent = dataset.forget;
    back.addEventListener("click", () => {
      localStorage.removeItem(keyOf(form));
      location.reload();
    });
    line.append(back);
    form.before(line);
  }

  function restore(form) {
    const { values } = read(keyOf(form));
    let changed = null;
    for (const [name, field] of named(form)) {
      const property = isTick(field) ? "checked" : "value";
      if (name in values && field[property] !== values[name]) {
        field[property] = values[name];
        changed = field;
      }
    }
    if (!changed) return;
    offer(form);
    // What follows from the fields (a count, usernames) is worked out again.
    changed.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const forms = [...document.querySelectorAll("form[data-draft]")];
  // An answer came: not a reload, not a page of trouble, and no field of the form is named as faulty.
  const [arrival] = performance.getEntriesByType("navigation");
  const isFaulty = forms.some((form) => form.querySelector("[aria-invalid='true']"));
  const isAnswer = arrival.type === "navigate" && !isFaulty && !("trouble" in dataset);
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(START))) {
    // A computer that several people use: nobody finds what another one typed.
    const isOwn = dataset.person && key.startsWith(`${START}${dataset.person} `);
    if (!isOwn || (isAnswer && read(key).sent)) localStorage.removeItem(key);
  }
  for (const form of forms) {
    if (localStorage.getItem(keyOf(form))) restore(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("submit", () => {
      keep(form);
      // lost-server.js lets it through only when the server is there.
      if (form.dataset.asked) write(keyOf(form), { ...read(keyOf(form)), sent: true });
    });
  }
})();
