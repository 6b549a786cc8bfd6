// <button data-copies="id of a text field" data-copied="what to say then">; where the clipboard is closed, the text is marked.
(() => {
  for (const button of document.querySelectorAll("[data-copies]")) {
    const field = document.getElementById(button.dataset.copies);
    button.hidden = false;
    button.addEventListener("click", () => {
      field.focus();
      field.select();
      const isCopied = document.execCommand("copy");
      if (isCopied) document.getElementById("said").textContent = button.textContent = button.dataset.copied;
    });
  }
})();
