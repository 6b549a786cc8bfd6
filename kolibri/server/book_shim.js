// In each part of a book: tells the page around it which part this is and how far one has read, and takes from it how
// large the letters shall be and where to go on. Both ends of the frame are strangers to each other but for this.
(function () {
  "use strict";

  var quiet = null;

  function say(words) {
    window.parent.postMessage({ kolibriBook: words }, "*");
  }

  function read() {
    var all = document.documentElement;
    // A part that fits into the frame has been seen as a whole.
    return (window.scrollY + window.innerHeight) / Math.max(all.scrollHeight, 1);
  }

  function tell() {
    quiet = null;
    say({ read: Math.min(read(), 1) });
  }

  window.addEventListener("message", function (event) {
    var asked = event.source === window.parent && event.data && event.data.kolibriBook;
    if (!asked) return;
    if (typeof asked.size === "number") document.documentElement.style.fontSize = asked.size * 100 + "%";
    if (asked.place) window.scrollTo(0, asked.place * document.documentElement.scrollHeight - window.innerHeight);
    tell();
  });

  window.addEventListener("scroll", function () {
    if (quiet === null) quiet = setTimeout(tell, 500);
  });

  window.addEventListener("load", function () {
    say({ path: window.location.pathname });
  });

  // What a reader adds to a book: pictures that fit, a margin, and lines that are not too long.
  var style = document.createElementNS("http://www.w3.org/1999/xhtml", "style");
  style.textContent =
    ":root{max-width:42rem;margin:0 auto;padding:1rem;box-sizing:border-box;line-height:1.5;background:#fff;color:#111;}" +
    "img,svg,video{max-width:100%;height:auto;}";
  // Before the book's own, which may know better.
  var head = document.head || document.documentElement;
  head.insertBefore(style, head.firstChild);
})();
