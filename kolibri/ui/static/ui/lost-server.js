// A server that went away: say so in a line above the page, try again until it answers, lose no typing.
(() => {
  const body = document.body;
  const line = document.getElementById("lost");
  let waiting = [];
  let timer = 0;

  const say = (text) => { document.getElementById("said").textContent = text; };

  async function look() {
    try {
      const answer = await fetch(body.dataset.alive, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
    } catch {
      timer = setTimeout(look, 1000);
      return;
    }
    timer = 0;
    line.hidden = true;
    line.textContent = "";
    say(body.dataset.healed);
    const again = waiting;
    waiting = [];
    // The latest wish of each element is sent again; the server keeps what it acknowledged before.
    again.filter((element) => element.isConnected).forEach((element) => htmx.trigger(element, "again"));
  }

  function lost(element) {
    if (element && element.matches("[data-saves]") && !waiting.includes(element)) waiting.push(element);
    line.textContent = body.dataset.lost;
    line.hidden = false;
    const state = document.getElementById("saved-state");
    if (state && waiting.length) state.textContent = body.dataset.notSaved;
    if (!timer) timer = setTimeout(look, 500);
  }

  body.addEventListener("htmx:sendError", (event) => lost(event.detail.elt));
  body.addEventListener("htmx:timeout", (event) => lost(event.detail.elt));
  window.addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });

  // An expected failure of a fragment's request: its sentence stands above the page until the next success.
  body.addEventListener("trouble", (event) => {
    line.textContent = event.detail.sentence;
    line.hidden = false;
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !timer) line.hidden = true;
  });
})();
