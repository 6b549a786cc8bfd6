// A small reader for books: the parts in their order, the contents, letters larger or smaller. The part itself is in
// a frame without an origin; `shim/book.js` in it tells which part it is and how far one has read.
(() => {
  const reader = document.querySelector("[data-book]");
  const frame = reader.querySelector("iframe");
  const contents = reader.querySelector("[data-book-contents]");
  const parts = [...contents.options].map(({ value }) => new URL(value));
  const SIZE = "book letters";
  let size = Number(localStorage.getItem(SIZE)) || 1;
  let current = 0;
  // Where to go on in the part that is on its way, until it says that it is there.
  let wanted = 0;
  let awaited = "";

  const ask = (words) => frame.contentWindow.postMessage({ kolibriBook: words }, "*");

  function arrange() {
    contents.selectedIndex = current;
    reader.querySelector('[data-book-do="previous"]').disabled = current === 0;
    reader.querySelector('[data-book-do="next"]').disabled = current === parts.length - 1;
  }

  function tell(read) {
    const detail = { part: current, parts: parts.length, read };
    reader.dispatchEvent(new CustomEvent("book:place", { bubbles: true, detail }));
  }

  function go(part, place = 0) {
    if (part < 0 || part >= parts.length) return;
    current = part;
    wanted = place;
    awaited = parts[current].pathname;
    arrange();
    frame.src = parts[current].href;
  }

  function turn() {
    // Whoever goes on to the next part has done with this one.
    tell(1);
    go(current + 1);
  }

  function resize(factor) {
    size = Math.min(Math.max(size * factor, 0.6), 3);
    localStorage.setItem(SIZE, size);
    ask({ size });
  }

  window.addEventListener("message", ({ source, data }) => {
    const said = source === frame.contentWindow && data && data.kolibriBook;
    if (!said) return;
    if (said.path && (!awaited || said.path === awaited)) {
      awaited = "";
      // A link in the book may have led to another part.
      const found = parts.findIndex(({ pathname }) => pathname === said.path);
      if (found >= 0 && found !== current) {
        current = found;
        wanted = 0;
        arrange();
      }
      ask({ size, place: wanted });
      wanted = 0;
    }
    if (awaited) return;
    reader.dataset.ready = current;
    if (typeof said.read === "number") tell(Math.min(Math.max(said.read, 0), 1));
  });

  const actions = { previous: () => go(current - 1), next: turn, larger: () => resize(1.2), smaller: () => resize(1 / 1.2) };
  reader.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-book-do]");
    if (button) actions[button.dataset.bookDo]();
  });
  contents.addEventListener("change", () => go(contents.selectedIndex));
  reader.addEventListener("book:go", ({ detail }) => go(detail.part, detail.place));
  // Unless the place of the last visit was asked for by then.
  document.addEventListener("DOMContentLoaded", () => { if (!awaited) go(0); });
})();
