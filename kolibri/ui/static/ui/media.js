// Asks the engine what it can play: instead of a black box it says so and offers another way.
(() => {
  function watch(player) {
    const instead = player.parentElement.querySelector("[data-cannot-play]");
    const sources = [...player.querySelectorAll("source")];

    function giveUp() {
      player.pause();
      player.hidden = true;
      instead.hidden = false;
    }

    function tryNext(failed) {
      const rest = sources.filter((source) => source.isConnected && source !== failed);
      failed.remove();
      if (!rest.length) giveUp();
      else {
        player.removeAttribute("src");
        player.load();
      }
    }

    if (!sources.some((source) => player.canPlayType(source.type))) {
      giveUp();
      return;
    }
    // Some engines say "maybe" and find out later that they cannot: by an error, or by sound without a picture.
    sources[sources.length - 1].addEventListener("error", giveUp);
    const playing = () => sources.find((source) => source.isConnected && source.src === player.currentSrc);
    const failed = () => { if (playing()) tryNext(playing()); else giveUp(); };
    const loaded = () => { if (player.tagName === "VIDEO" && !player.videoWidth && playing()) tryNext(playing()); };
    player.addEventListener("error", failed);
    player.addEventListener("loadeddata", loaded);
    // It may have found out before this script was there. "No source" is also what an engine says that
    // has not begun to look yet, so it is made to look again, with us listening.
    if (player.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) player.load();
    else if (player.error) failed();
    else if (player.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) loaded();
  }

  document.querySelectorAll("[data-media]").forEach(watch);
})();
