// A list that shrinks as one types: <input type="search" data-filters="id of the list">.
(() => {
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  document.addEventListener("input", (event) => {
    const id = event.target.dataset && event.target.dataset.filters;
    if (!id) return;
    const words = fold(event.target.value).split(/\s+/).filter(Boolean);
    for (const row of document.getElementById(id).children) {
      const text = fold(row.textContent);
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
})();
