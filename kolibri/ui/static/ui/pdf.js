// A small reader on pdf.js: pages drawn as they come near, zoom, and keys.
const reader = document.querySelector("[data-pdf]");
const pages = reader.querySelector(".pages");
const place = reader.querySelector("[data-pdf-place]");
const slots = [];
let zoom = 1;
let current = 1;

function show(number) {
  current = number;
  place.textContent = reader.dataset.page.replace("%n", number).replace("%m", slots.length);
}

async function draw(slot) {
  if (slot.drawn === zoom) return;
  slot.drawn = zoom;
  const page = await slot.document.getPage(slot.number);
  const natural = page.getViewport({ scale: 1 });
  const fit = Math.max(pages.clientWidth - 32, 200) / natural.width;
  const view = page.getViewport({ scale: Math.min(fit, 1.6) * zoom });
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const { canvas } = slot;
  canvas.width = Math.floor(view.width * ratio);
  canvas.height = Math.floor(view.height * ratio);
  canvas.style.inlineSize = `${Math.floor(view.width)}px`;
  canvas.style.blockSize = `${Math.floor(view.height)}px`;
  await page.render({ canvas, canvasContext: canvas.getContext("2d"), viewport: view, transform: [ratio, 0, 0, ratio, 0, 0] }).promise;
  const text = await page.getTextContent();
  canvas.textContent = text.items.map((item) => item.str).join(" ");
}

function go(number) {
  const slot = slots[Math.min(Math.max(number, 1), slots.length) - 1];
  if (slot) slot.canvas.scrollIntoView({ block: "start" });
}

function resize(factor) {
  zoom = Math.min(Math.max(zoom * factor, 0.5), 4);
  slots.filter((slot) => slot.near).forEach(draw);
}

const actions = { previous: () => go(current - 1), next: () => go(current + 1), larger: () => resize(1.25), smaller: () => resize(0.8) };
reader.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pdf-do]");
  if (button) actions[button.dataset.pdfDo]();
});
pages.addEventListener("keydown", (event) => {
  const action = { PageDown: "next", PageUp: "previous", "+": "larger", "-": "smaller" }[event.key];
  if (!action) return;
  event.preventDefault();
  actions[action]();
});

try {
  const library = await import(reader.dataset.library);
  library.GlobalWorkerOptions.workerSrc = reader.dataset.worker;
  const source = { url: reader.dataset.pdf, standardFontDataUrl: new URL(reader.dataset.fonts, location.href).href, isEvalSupported: false };
  const file = await library.getDocument(source).promise;
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const slot = slots[Number(entry.target.dataset.number) - 1];
      slot.near = entry.isIntersecting;
      if (entry.isIntersecting) draw(slot);
      if (entry.intersectionRatio > 0.4) show(slot.number);
    }
  }, { root: pages, rootMargin: "300px", threshold: [0, 0.5] });
  for (let number = 1; number <= file.numPages; number += 1) {
    const canvas = document.createElement("canvas");
    canvas.dataset.number = number;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", reader.dataset.page.replace("%n", number).replace("%m", file.numPages));
    slots.push({ number, canvas, document: file, near: false, drawn: 0 });
    pages.append(canvas);
    watch.observe(canvas);
  }
  show(1);
  reader.dataset.ready = "yes";
} catch (error) {
  console.error(error);
  place.textContent = reader.dataset.failed;
}
