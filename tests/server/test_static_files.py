"""Styles and scripts go to the class packed, and only once."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client

from kolibri.settings.static_files import fingerprint


def get(name: str, accepted: str = "gzip, deflate", **headers: str):
    return Client().get(static(name), headers={"Accept-Encoding": accepted, **headers})


@pytest.mark.parametrize("name", ["ui/components.css", "ui/lost-server.js", "assets/vendor/htmx.min.js"])
def test_a_text_goes_packed_and_is_kept_for_good(name: str) -> None:
    answer, plain = get(name), get(name, "identity")
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Content-Length"] == str(len(answer.content))
    assert gzip.decompress(answer.content) == plain.getvalue()
    assert len(answer.content) < int(plain["Content-Length"]) / 2
    for one in (answer, plain):
        assert "immutable" in one["Cache-Control"]
        assert one["Vary"] == "Accept-Encoding"


def test_what_packing_does_not_make_smaller_goes_as_it_is() -> None:
    font = get("assets/fonts/noto-sans-latin.woff2")
    assert "Content-Encoding" not in font.headers
    assert "immutable" in font["Cache-Control"]
    assert font.getvalue().startswith(b"wOF2")


def test_a_part_and_an_unchanged_file_are_answered_as_before() -> None:
    part = get("ui/components.css", range="bytes=0-9")
    assert (part.status_code, part.getvalue()) == (206, get("ui/components.css", "identity").getvalue()[:10])
    again = get("ui/components.css", **{"if-none-match": part["ETag"]})
    assert (again.status_code, again.getvalue()) == (304, b"")


def test_the_address_names_the_content(tmp_path: Path) -> None:
    assert re.fullmatch(r"/static/[0-9a-f]{12}/", settings.STATIC_URL)
    style = tmp_path / "ui" / "base.css"
    style.parent.mkdir()
    style.write_text("a { color: red }")
    first = fingerprint([tmp_path])
    assert fingerprint([tmp_path]) == first
    style.write_text("a { color: tan }")
    second = fingerprint([tmp_path])
    style.rename(style.with_name("page.css"))
    assert len({first, second, fingerprint([tmp_path])}) == 3
