// What is asked of a page by tests/ui/test_every_screen.py; each answer is a list of faults.
globalThis.Screen = (() => {
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    // What is folded away has a box, too.
    return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true });
  };
  const tell = (element) => element.outerHTML.slice(0, 160);

  // Where the page's parts are, its language, and that nothing moves for who wants no motion.
  function form({ language, direction }) {
    const faults = [];
    const one = (selector, what) => {
      const found = [...document.querySelectorAll(selector)].filter(shown).length;
      if (found !== 1) faults.push(`has ${found} ${what}`);
    };
    one("h1", "h1");
    one("main", "main");
    one("body > header", "banners");
    if (document.body.classList.contains("has-rail")) one(".rail", "navs with the places");
    const root = document.documentElement;
    if (root.lang !== language || root.dir !== direction) faults.push(`is ${root.lang} ${root.dir}`);
    if (!document.title.replace("·", "").trim()) faults.push("has no title");
    const seconds = (text) => Math.max(...text.split(",").map((one) => parseFloat(one) * (one.includes("ms") ? 0.001 : 1)));
    for (const element of document.querySelectorAll("*")) {
      const style = getComputedStyle(element);
      const moving = style.animationName !== "none" && seconds(style.animationDuration) > 0.01;
      if (moving || seconds(style.transitionDuration) > 0.01) faults.push(`moves: ${tell(element)}`);
    }
    return faults;
  }

  const NAMED = "a[href], button, input:not([type=hidden]), select, textarea, summary";

  // What can be used, by its words.
  function controls() {
    return [...document.querySelectorAll(NAMED)].filter(shown).map((one) => (one.ariaLabel || one.textContent || one.name).trim());
  }

  function missing(before) {
    const left = controls();
    return before.filter((name) => {
      const at = left.indexOf(name);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  }

  // What lies in a part that scrolls by itself can be reached.
  function scrolls(element) {
    for (let place = element.parentElement; place && place !== document.body; place = place.parentElement) {
      if (place.scrollWidth > place.clientWidth && /auto|scroll/.test(getComputedStyle(place).overflowX)) return true;
    }
    return false;
  }

  function cutOff(root) {
    const faults = [];
    for (const element of root.querySelectorAll(NAMED)) {
      const box = element.getBoundingClientRect();
      const hides = element.closest(".visually-hidden, .skip");
      if (!shown(element) || hides || scrolls(element)) continue;
      if (box.right > innerWidth + 1 || box.left < -1) faults.push(`is cut off: ${tell(element)}`);
    }
    return faults;
  }

  // Nothing has to be scrolled sideways, and nothing stands outside.
  function fits() {
    const faults = [];
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) faults.push(`scrolls sideways by ${wide}`);
    faults.push(...cutOff(document));
    for (const menu of document.querySelectorAll("details[data-menu]")) {
      menu.open = true;
      faults.push(...cutOff(menu));
      menu.open = false;
    }
    return faults;
  }

  // What has the focus is outlined.
  function focus() {
    const element = document.activeElement;
    if (!element || element === document.body || element.tagName === "IFRAME") return "";
    const style = getComputedStyle(element);
    const label = element.closest("label");
    const around = [element, label, element.nextElementSibling].filter(Boolean).map((one) => getComputedStyle(one));
    if (style.outlineStyle === "auto") return "";
    if (around.some((one) => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2)) return "";
    return `shows no focus: ${tell(element)}`;
  }

  async function run(rules) {
    const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
    const found = await axe.run(document, { resultTypes: ["violations"], ...only });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
  }

  return { form, controls, missing, fits, focus, axe: run };
})();
