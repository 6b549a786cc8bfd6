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

  function keep(form) {
    const values = fieldsOf(form).map((field) => (isTick(field) ? field.checked : field.value));
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
    const fields = fieldsOf(form);
    // The form has changed since (a learner was added, say): what was typed no longer fits its fields.
    if (values.length !== fields.length) return;
    let changed = false;
    fields.forEach((field, place) => {
      const name = isTick(field) ? "checked" : "value";
      changed = changed || field[name] !== values[place];
      field[name] = values[place];
    });
    if (changed) offer(form);
  }

  const forms = [...document.querySelectorAll("form[data-draft]")];
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(START))) {
    // A computer that several people use: nobody finds what another one typed.
    const isOwn = dataset.person && key.startsWith(`${START}${dataset.person} `);
    const isHere = forms.some((form) => keyOf(form) === key);
    const arrived = read(key).sent && !isHere && !("trouble" in dataset);
    if (!isOwn || arrived) localStorage.removeItem(key);
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
