// One page of a PDF: its box has the right size before it is drawn, so that nothing jumps.
export function makePage(file, number, size) {
  const box = document.createElement("div");
  box.className = "page";
  box.dataset.number = number;
  return { file, number, size, box, near: false, task: null };
}

// As wide as the reader, but not blown up on a wide one.
function widthOf(page, room, zoom) {
  return Math.min(Math.max(room, 200), page.size.width * 1.6) * zoom;
}

export function layOut(page, room, zoom) {
  const width = widthOf(page, room, zoom);
  page.box.style.inlineSize = `${Math.floor(width)}px`;
  page.box.style.blockSize = `${Math.floor((width * page.size.height) / page.size.width)}px`;
}

export async function draw(page, room, zoom) {
  const drawing = await page.file.getPage(page.number);
  page.size = drawing.getViewport({ scale: 1 });
  layOut(page, room, zoom);
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const viewport = drawing.getViewport({ scale: (widthOf(page, room, zoom) / page.size.width) * ratio });
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  if (page.task) page.task.cancel();
  page.task = drawing.render({ canvas, viewport });
  try {
    await page.task.promise;
  } catch (error) {
    if (error.name === "RenderingCancelledException") return;
    throw error;
  }
  // For those who listen: the page's words behind its picture.
  const words = document.createElement("p");
  words.className = "visually-hidden";
  words.textContent = (await drawing.getTextContent()).items.map((item) => item.str + (item.hasEOL ? " " : "")).join("");
  if (page.near) page.box.replaceChildren(canvas, words);
}

export function forget(page) {
  if (page.task) page.task.cancel();
  page.box.replaceChildren();
}
