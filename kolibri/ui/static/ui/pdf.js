// A small reader on pdf.js: pages drawn as they come near and dropped when far, zoom, page number, keys.
import { draw, forget, layOut, makePage } from "./pdf-page.js";

const reader = document.querySelector("[data-pdf]");
const view = reader.querySelector(".pages");
const place = reader.querySelector("[data-pdf-place]");
const pages = [];
let zoom = 1;
let current = 1;

const room = () => view.clientWidth - 32;

function show(number) {
  current = number;
  place.value = number;
  reader.dispatchEvent(new CustomEvent("pdf:page", { bubbles: true, detail: { page: number, pages: pages.length } }));
}

function go(number) {
  const page = pages[Math.min(Math.max(number || 1, 1), pages.length) - 1];
  if (!page) return;
  view.scrollTop += page.box.getBoundingClientRect().top - view.getBoundingClientRect().top - 8;
  show(page.number);
}

function resize(factor) {
  const at = current;
  zoom = Math.min(Math.max(zoom * factor, 0.5), 4);
  pages.forEach((page) => layOut(page, room(), zoom));
  go(at);
  pages.filter((page) => page.near).forEach((page) => draw(page, room(), zoom));
}

function seen(entries) {
  for (const { target, isIntersecting } of entries) {
    const page = pages[target.dataset.number - 1];
    page.near = isIntersecting;
    if (isIntersecting) draw(page, room(), zoom);
    else forget(page);
  }
}

function scrolled() {
  const middle = view.getBoundingClientRect().top + view.clientHeight / 2;
  const page = pages.find(({ box }) => box.getBoundingClientRect().bottom > middle);
  if (page && document.activeElement !== place) show(page.number);
}

const actions = { previous: () => go(current - 1), next: () => go(current + 1), larger: () => resize(1.25), smaller: () => resize(0.8) };
reader.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pdf-do]");
  if (button) actions[button.dataset.pdfDo]();
});
place.addEventListener("change", () => go(place.valueAsNumber));
view.addEventListener("keydown", (event) => {
  const action = { PageDown: "next", PageUp: "previous", "+": "larger", "-": "smaller" }[event.key];
  if (!action) return;
  event.preventDefault();
  actions[action]();
});

try {
  const library = await import(reader.dataset.library);
  const folder = new URL(".", new URL(reader.dataset.library, location.href)).href;
  library.GlobalWorkerOptions.workerSrc = `${folder}pdf.worker.min.mjs`;
  const source = { url: reader.dataset.pdf, standardFontDataUrl: `${folder}standard_fonts/`, wasmUrl: `${folder}wasm/`, isEvalSupported: false };
  const file = await library.getDocument(source).promise;
  const size = (await file.getPage(1)).getViewport({ scale: 1 });
  const watch = new IntersectionObserver(seen, { root: view, rootMargin: "400px" });
  for (let number = 1; number <= file.numPages; number += 1) {
    const page = makePage(file, number, size);
    pages.push(page);
    layOut(page, room(), zoom);
    view.append(page.box);
    watch.observe(page.box);
  }
  place.max = file.numPages;
  reader.querySelector("[data-pdf-count]").textContent = file.numPages;
  show(1);
  view.addEventListener("scroll", scrolled, { passive: true });
  window.addEventListener("resize", () => resize(1));
  reader.addEventListener("pdf:go", ({ detail }) => go(detail));
  reader.dataset.ready = "yes";
  reader.dispatchEvent(new CustomEvent("pdf:ready", { bubbles: true }));
} catch (error) {
  console.error(error);
  view.textContent = reader.dataset.failed;
  reader.dataset.ready = "failed";
}
