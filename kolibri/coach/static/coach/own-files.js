// A file of one's own: on its way it shows how far it is, and can be stopped. Choosing it sends it.
(() => {
  const form = document.getElementById("own-files");
  if (!form) return;
  const input = document.getElementById("own-file");
  const left = document.getElementById("own-files-left");
  const said = document.getElementById("said");
  const way = form.querySelector(".own-files-way");
  const progress = way.querySelector("progress");
  const stop = way.querySelector("button");

  function refuse(sentence) {
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = sentence;
    left.replaceChildren(line);
  }

  form.addEventListener("htmx:beforeRequest", (event) => {
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    const many = input.files.length > Number(form.dataset.mostFiles);
    if (many || size > Number(form.dataset.most)) {
      event.preventDefault();
      refuse(many ? form.dataset.many : form.dataset.large);
      input.value = "";
    }
  });
  form.addEventListener("htmx:beforeSend", () => {
    left.replaceChildren();
    progress.value = 0;
    way.hidden = false;
    said.textContent = form.dataset.sends;
    // The request has the files: the same one can be chosen again.
    input.value = "";
  });
  form.addEventListener("htmx:xhr:progress", ({ detail }) => {
    if (detail.lengthComputable) progress.value = detail.loaded / detail.total;
  });
  form.addEventListener("htmx:afterRequest", () => {
    if (way.contains(document.activeElement)) input.focus();
    way.hidden = true;
    said.textContent = "";
  });
  form.addEventListener("htmx:sendError", () => refuse(form.dataset.lost));
  form.addEventListener("htmx:responseError", () => refuse(form.dataset.lost));
  form.addEventListener("htmx:sendAbort", () => { said.textContent = form.dataset.stopped; });
  stop.addEventListener("click", () => htmx.trigger(form, "htmx:abort"));
  window.addEventListener("beforeunload", (event) => { if (!way.hidden) event.preventDefault(); });
})();
