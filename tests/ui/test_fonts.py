"""Every sign that the program writes is in the fonts that it ships, in every language."""

from __future__ import annotations

import re
import unicodedata

import pytest
from django.conf import settings
from playwright.sync_api import Page

from tools import catalogues

TOKENS = catalogues.ROOT / "kolibri" / "ui" / "static" / "ui" / "tokens.css"
FACE = re.compile(
    r'@font-face \{ font-family: ("Kolibri Noto[^"]*"); [^}]*?/fonts/([\w-]+\.woff2)"\)[^}]*unicode-range: ([^;]+);'
)
FONTS = catalogues.ROOT / "assets" / "web" / "fonts"
# Nothing is drawn for spaces and for what only steers direction and joining.
UNDRAWN = {"Zs", "Cf", "Cc"}


def signs(code: str) -> set[str]:
    """Return every sign of a language's sentences, and of the English ones."""
    source = settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po"
    texts = [text for entry in catalogues.read(source)[1:] for text in (entry.msgid or "", *entry.forms.values())]
    return {sign for text in texts for sign in text if unicodedata.category(sign) not in UNDRAWN}


def ranges() -> dict[str, list[range]]:
    """Return for each shipped font the code points that the style sheet takes from it."""
    found = {}
    for _family, file, spans in FACE.findall(TOKENS.read_text("utf-8")):
        ends = [span.strip().removeprefix("U+").split("-") for span in spans.split(",")]
        found[file] = [range(int(end[0], 16), int(end[-1], 16) + 1) for end in ends]
    return found


def our_families() -> list[str]:
    """Return the families of the shipped fonts, in the order in which the screens ask for them."""
    text = TOKENS.read_text("utf-8")
    stack = re.search(r"--sans: ([^;]+);", text)
    assert stack
    named = {family for family, _file, _spans in FACE.findall(text)}
    return [family for family in stack[1].split(", ") if family in named]


def not_drawn(page: Page, wanted: str, weight: int) -> str:
    """Return the signs that the browser does not draw with a font of ours."""
    families = ", ".join(our_families())
    page.evaluate(
        """async ([wanted, weight, families]) => {
            const place = document.createElement("section");
            for (const sign of wanted) {
                const line = document.createElement("p");
                line.className = "sign";
                line.style.fontFamily = families;
                line.style.fontWeight = weight;
                line.textContent = sign;
                place.append(line);
            }
            document.body.replaceChildren(place);
            await Promise.all([...wanted].map((sign) => document.fonts.load(`${weight} 16px ${families}`, sign)));
            await document.fonts.ready;
        }""",
        [wanted, weight, families],
    )
    browser = page.context.new_cdp_session(page)
    browser.send("DOM.enable")
    browser.send("CSS.enable")
    root = browser.send("DOM.getDocument")["root"]["nodeId"]
    lines = browser.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".sign"})["nodeIds"]
    assert len(lines) == len(wanted)
    missing = []
    for sign, line in zip(wanted, lines, strict=True):
        fonts = browser.send("CSS.getPlatformFontsForNode", {"nodeId": line})["fonts"]
        if not fonts or not all(font["isCustomFont"] for font in fonts):
            missing.append(sign)
    return "".join(missing)


def test_every_font_is_named_in_the_style_sheet() -> None:
    assert set(ranges()) == {path.name for path in FONTS.glob("*.woff2")}


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE])
def test_every_sign_of_a_language_is_asked_of_a_shipped_font(code: str) -> None:
    spans = [span for of_font in ranges().values() for span in of_font]
    missing = [sign for sign in sorted(signs(code)) if not any(ord(sign) in span for span in spans)]
    assert missing == [], "docs/screens.md says how a script is added"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("weight", [400, 600, 700])
def test_every_sign_is_drawn_with_a_shipped_font(visit, open_school, weight: int) -> None:
    wanted = "".join(sorted(set().union(*(signs(code) for code, _name in settings.LANGUAGES if code != "en"))))
    assert len(wanted) > 150
    page = visit("/sign-in/")
    # No font of ours has a snowman: a browser that calls every font ours would be found out.
    assert not_drawn(page, "aع☃", weight) == "☃"
    assert not_drawn(page, wanted, weight) == "", "docs/screens.md says how a script is added"
