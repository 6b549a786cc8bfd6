"""The tables of docs/values-viewsets.md say what the source says."""

from __future__ import annotations

import re
from pathlib import Path

from kolibri import urls  # noqa: F401  (every viewset is imported)
from kolibri.core.api import registry
from kolibri.core.values.pages import MOST_ROWS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "values-viewsets.md").read_text("utf-8")


def test_every_check_stands_in_the_table() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "kolibri").rglob("*.py"))
    told = set(re.findall(r"^\| `([EW]\d{3})` \|", TEXT, re.MULTILINE))
    assert set(re.findall(r"kolibri\.([EW]\d{3})", source)) == told


def test_every_list_stands_with_its_queries() -> None:
    told = {name: int(many) for name, many in re.findall(r"^\| `(\w+Viewset)` \| (\d+) \|", TEXT, re.MULTILINE)}
    declared = {one.__name__: one.query_budget for one in registry if one.__module__.startswith("kolibri.")}
    assert told == declared


def test_the_cap_of_a_page_is_as_told() -> None:
    assert f"at\nmost {MOST_ROWS:,} rows" in TEXT
