// A server that went away: say so in a line above the page, try again until it answers, lose no typing.
(() => {
  const { body } = document;
  const line = document.getElementById("lost");
  let waiting = [];
  let timer = 0;

  const say = (text) => { document.getElementById("said").textContent = text; };

  async function answers() {
    const patience = new AbortController();
    const end = setTimeout(() => patience.abort(), 3000);
    try {
      return (await fetch(body.dataset.alive, { cache: "no-store", signal: patience.signal })).ok;
    } catch {
      return false;
    } finally {
      clearTimeout(end);
    }
  }

  async function look() {
    if (!(await answers())) {
      timer = setTimeout(look, 1000);
      return;
    }
    timer = 0;
    line.hidden = true;
    line.textContent = "";
    say(body.dataset.healed);
    const again = waiting.filter((wish) => wish.element.isConnected);
    waiting = [];
    // The latest wish of each element is sent again; the server keeps what it acknowledged before.
    again.forEach((wish) => wish.send());
  }

  function lost(element, send) {
    waiting = waiting.filter((wish) => wish.element !== element);
    if (send) waiting.push({ element, send });
    line.textContent = body.dataset.lost;
    line.hidden = false;
    const state = document.getElementById("saved-state");
    if (state && send) state.textContent = body.dataset.notSaved;
    if (!timer) timer = setTimeout(look, 500);
  }

  function fragmentLost({ detail: { elt } }) {
    lost(elt, elt.matches("[data-saves]") && (() => htmx.trigger(elt, "again")));
  }

  body.addEventListener("htmx:sendError", fragmentLost);
  body.addEventListener("htmx:timeout", fragmentLost);
  window.addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });

  // A plain form would lose what was typed to the browser's error page: ask first whether the server is there.
  const holdsText = (form) => [...form.elements].some(
    (field) => field.matches("textarea, input:not([type='hidden'], [type='checkbox'], [type='radio'])") && field.value,
  );
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form.method !== "post" || !holdsText(form)) return;
    if (form.dataset.asked) {
      delete form.dataset.asked;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.asking) return;
    const send = () => {
      form.dataset.asked = "yes";
      form.requestSubmit(submitter && submitter.isConnected ? submitter : undefined);
      delete form.dataset.asked;
    };
    form.dataset.asking = "yes";
    const there = await answers();
    delete form.dataset.asking;
    if (there) send();
    else lost(form, send);
  });

  // An expected failure of a fragment's request: its sentence stands above the page until the next success.
  body.addEventListener("trouble", (event) => {
    line.textContent = event.detail.sentence;
    line.hidden = false;
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !timer) line.hidden = true;
  });
})();
