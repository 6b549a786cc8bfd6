"""Where the window may go."""

from __future__ import annotations

import pytest

from app.guard import Verdict
from app.guard import judge

OWN = "http://127.0.0.1:43210/"


@pytest.mark.parametrize(
    ("address", "known", "verdict"),
    [
        (OWN, {}, Verdict.HERE),
        ("http://127.0.0.1:43210/coach/?a=1", {}, Verdict.HERE),
        ("blob:http://127.0.0.1:43210/x", {}, Verdict.HERE),
        ("about:blank", {}, Verdict.HERE),
        ("http://127.0.0.1:43211/", {}, Verdict.REFUSED),
        ("http://localhost:43210/", {}, Verdict.REFUSED),
        ("http://127.0.0.1:43210.evil.example/", {}, Verdict.REFUSED),
        ("http://127.0.0.1:43210@evil.example/", {}, Verdict.REFUSED),
        ("https://127.0.0.1:43210/", {}, Verdict.REFUSED),
        ("http://[broken", {}, Verdict.REFUSED),
        ("file:///etc/passwd", {"is_clicked": True}, Verdict.REFUSED),
        ("javascript:alert(1)", {"is_clicked": True}, Verdict.REFUSED),
        ("https://example.org/", {}, Verdict.REFUSED),
        ("https://example.org/", {"is_clicked": True}, Verdict.BROWSER),
        ("mailto:a@example.org", {"is_clicked": True}, Verdict.BROWSER),
        ("http://127.0.0.1:43211/zip/x/index.html", {"is_main": False}, Verdict.HERE),
        ("https://example.org/", {"is_main": False}, Verdict.REFUSED),
        ("https://example.org/", {"is_main": False, "is_clicked": True}, Verdict.REFUSED),
    ],
)
def test_only_the_own_pages_are_shown(address: str, known, verdict: Verdict) -> None:
    assert judge(address, OWN, **known) is verdict
