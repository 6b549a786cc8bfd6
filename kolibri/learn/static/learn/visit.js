// Tells the server how long and how far a visit to a resource went, and takes up the place of the last one.
// What could not be told yet is kept in this browser and told when the learner is back on any resource.
(() => {
  const box = document.querySelector("[data-visit]");
  const media = document.querySelector("[data-media]");
  const pdf = document.querySelector("[data-pdf]");
  const app = document.querySelector("[data-app]");
  const book = document.querySelector("[data-book]");
  const { person } = document.body.dataset;
  const START = `visit ${person} `;
  const FIRST = 3;
  const EVERY = 20;
  // What an app may have kept for it, as the server counts it; more than that is not kept.
  const MOST = 60_000;
  // An interactive page does not say how far one is; without a length of its own it counts as seen after so long.
  const LONG_ENOUGH = Number(box.dataset.duration) || 300;
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const state = JSON.parse(box.dataset.state);
  let seconds = 0;
  let progress = 0;
  let told = "";
  let last = performance.now();

  const headers = { "Content-Type": "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  const message = () => JSON.stringify({ contentnode_id: box.dataset.node, seconds: Math.round(seconds), progress, state });

  async function send(key, body) {
    const address = `${box.dataset.visit}${key.slice(START.length)}/`;
    let answer;
    try {
      answer = await fetch(address, { method: "PUT", headers, body, keepalive: true });
    } catch {
      return null;
    }
    const said = await answer.json().catch(() => ({}));
    // What is refused for its own sake is refused for ever; a lost session, an old page or a tired server is not.
    const isLater = (code) => ["not_authenticated", "csrf_failed", "throttled"].includes(code);
    const isOver = answer.ok || (answer.status < 500 && said.errors && !isLater(said.errors[0].code));
    if (isOver && localStorage.getItem(key) === body) localStorage.removeItem(key);
    return answer.ok ? said : null;
  }

  async function tell() {
    const body = message();
    if (body === told) return;
    told = body;
    localStorage.setItem(START + id, body);
    const standing = await send(START + id, body);
    if (standing && standing.is_complete && !box.textContent.trim()) box.textContent = box.dataset.finished;
    if (!standing) told = "";
  }

  function reach(part) {
    const before = progress;
    progress = Math.min(Math.max(progress, part), 1);
    if (progress === 1 && before < 1) tell();
  }

  function tick() {
    const now = performance.now();
    const isThere = document.visibilityState === "visible" || (media && !media.paused);
    // After a sleep of the device only a moment counts.
    if (isThere) seconds += Math.min((now - last) / 1000, 5);
    last = now;
    if (!media && !pdf && !book) reach(seconds / LONG_ENOUGH);
    const whole = Math.round(seconds);
    if (whole === FIRST || whole % EVERY === 0) tell();
  }

  if (media) {
    const takeUp = () => {
      const { place } = state;
      if (place > 5 && place < media.duration - 5 && media.currentTime < 1) media.currentTime = place;
    };
    if (media.readyState) takeUp();
    else media.addEventListener("loadedmetadata", takeUp, { once: true });
    media.addEventListener("timeupdate", () => {
      if (media.seeking || media.paused || !media.duration) return;
      state.place = Math.round(media.currentTime);
      // The last moments of a film are often its names.
      reach(media.currentTime >= media.duration * 0.97 ? 1 : media.currentTime / media.duration);
    });
    media.addEventListener("ended", () => {
      state.place = 0;
      reach(1);
    });
    media.addEventListener("pause", tell);
  }
  if (app) {
    window.addEventListener("message", ({ source, data }) => {
      const all = source === app.contentWindow && data && data.kolibriShim;
      if (!all) return;
      // A session of an app ends with the visit.
      const { localStorage: items = {}, cookies = {} } = all;
      const kept = { localStorage: items, cookies };
      if (JSON.stringify(kept).replace(/[^\x00-\x7f]/g, "\\u0000").length <= MOST) state.app = kept;
    });
  }
  if (book) {
    const { part, place } = state;
    const seen = new Set(Array.isArray(state.seen) ? state.seen : []);
    document.addEventListener("book:place", ({ detail }) => {
      // The last lines of a part are often its notes.
      if (detail.read >= 0.95) seen.add(detail.part);
      Object.assign(state, { part: detail.part, place: detail.read, seen: [...seen] });
      reach(seen.size / detail.parts);
    });
    // The reader's own script comes after this one.
    const takeUp = () => book.dispatchEvent(new CustomEvent("book:go", { detail: { part, place } }));
    if (part > 0 || place > 0) document.addEventListener("DOMContentLoaded", takeUp);
  }
  if (pdf) {
    const { page } = state;
    const seen = new Set(Array.isArray(state.seen) ? state.seen : []);
    document.addEventListener("pdf:page", ({ detail }) => {
      seen.add(detail.page);
      Object.assign(state, { page: detail.page, seen: [...seen] });
      reach(seen.size / detail.pages);
    });
    document.addEventListener("pdf:ready", () => {
      if (page > 1) pdf.dispatchEvent(new CustomEvent("pdf:go", { detail: page }));
    });
  }

  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(START))) send(key, localStorage.getItem(key));
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") tell(); });
  window.addEventListener("pagehide", tell);
})();
