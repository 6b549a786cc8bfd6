// A list that shrinks as one types: <input type="search" data-filters="id of the list">. What has the
// id of the list and "-none" is shown when nothing is left. Folds as kolibri/ui/help/searching.py does.
(() => {
  const alike = { "ى": "ي", "ة": "ه", "œ": "oe", "æ": "ae", "ـ": "" };
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[ىةœæـ]/g, (sign) => alike[sign]);
  const wordsOf = (text) => (fold(text).match(/[\p{L}\p{N}_]+/gu) || []).map((word) => word.replace(/^ال(?=[\p{L}\p{N}_]{2})/u, ""));

  document.addEventListener("input", (event) => {
    const id = event.target.dataset && event.target.dataset.filters;
    if (!id) return;
    const words = wordsOf(event.target.value);
    let left = 0;
    for (const row of document.getElementById(id).children) {
      const text = fold(row.textContent);
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) left += 1;
    }
    const none = document.getElementById(`${id}-none`);
    if (none) none.hidden = left > 0;
  });
})();
