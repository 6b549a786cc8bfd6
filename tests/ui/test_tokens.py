"""The colours of both themes, by WCAG's ratios: text reads, controls and the focus show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parent.parent.parent / "kolibri" / "ui" / "static" / "ui"
TEXT = (STYLES / "tokens.css").read_text("utf-8")

READ = 4.5  # text, WCAG 1.4.3
SEEN = 3.0  # edges of controls and the focus, WCAG 1.4.11

# What stands on what: words, then edges.
GROUNDS = ("ground", "surface", "sunk")
WORDS = [
    *[(word, on) for word in ("ink", "quiet", "accent", "accent-strong", "danger") for on in GROUNDS],
    *[(word, on) for word in ("good", "attention") for on in GROUNDS],
    *[(word, "accent-soft") for word in ("ink", "quiet", "accent", "accent-strong")],
    *[("ink", f"{kind}-soft") for kind in ("good", "attention", "danger")],
    *[(kind, f"{kind}-soft") for kind in ("good", "attention", "danger")],
    *[("accent", f"{kind}-soft") for kind in ("good", "attention", "danger")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
]
EDGES = [
    *[(edge, on) for edge in ("edge", "accent", "focus", "danger") for on in GROUNDS],
    *[("focus", f"{kind}-soft") for kind in ("accent", "good", "attention", "danger")],
    *[(kind, f"{kind}-soft") for kind in ("accent", "good", "attention", "danger")],
]


def themes() -> dict[str, dict[str, str]]:
    """Return the colours by name: of the light theme, and of the dark one, which changes some of them."""
    light, _, dark = TEXT.partition("@media (prefers-color-scheme: dark)")
    first, changed = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in (light, dark))
    return {"light": first, "dark": first | changed}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_wcags() -> None:
    assert ratio("#ffffff", "#000000") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(WORDS, READ), (EDGES, SEEN)], ids=["words", "edges"])
def test_every_pair_is_told_apart(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = themes()[theme]
    weak = {f"{one} on {other}": round(ratio(colours[one], colours[other]), 2) for one, other in pairs}
    assert {pair: found for pair, found in weak.items() if found < least} == {}


def test_every_colour_has_a_dark_twin() -> None:
    light, dark = themes().values()
    assert [name for name in light if light[name] == dark[name]] == []


def test_every_colour_that_a_style_names_is_a_token() -> None:
    """And is among the pairs above, unless nobody has to see it."""
    used = {name for path in STYLES.parents[2].glob("*/static/*/*.css") for name in names(path)}
    colours = set(themes()["light"])
    paired = {name for pair in (*WORDS, *EDGES) for name in pair}
    assert colours & used - paired == {"line"}
    assert used - colours <= set(re.findall(r"--([\w-]+):", TEXT))


def names(path: Path) -> set[str]:
    return set(re.findall(r"var\(--([\w-]+)", path.read_text("utf-8")))
