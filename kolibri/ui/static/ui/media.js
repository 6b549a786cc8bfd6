// Asks the engine what it can play: instead of a black box it says so and offers another way.
(() => {
  for (const player of document.querySelectorAll("[data-media]")) {
    const instead = player.parentElement.querySelector("[data-cannot-play]");
    const give_up = () => {
      player.hidden = true;
      instead.hidden = false;
    };
    const sources = [...player.querySelectorAll("source")];
    if (!sources.some((source) => player.canPlayType(source.type) !== "")) {
      give_up();
      continue;
    }
    // Some engines say "maybe" and then find that they cannot; the last source's error tells.
    sources.at(-1).addEventListener("error", give_up);
    player.addEventListener("error", give_up);
  }
})();
