"""docs/http.md gives the figures that the source has."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings

from kolibri.core.auth.signing_in import LONG_STAY
from kolibri.core.auth.signing_in_devices import _SECONDS as DEVICE_SECONDS
from kolibri.core.content.api import NodePagination
from kolibri.core.lessons.serializers import MOST_RESOURCES
from kolibri.core.logger.serializers import LARGEST_STATE
from kolibri.core.values.pages import MOST_ROWS
from kolibri.server import connections
from kolibri.server import listener
from kolibri.server import listeners
from kolibri.server import packing
from kolibri.server import reception
from tests.server.conftest import ROOT

TEXT = (ROOT / "docs" / "http.md").read_text("utf-8")
DAY = 24 * 60 * 60
KB = 1024
PAGES = {
    "the coach's report of a lesson": "coach/templates/coach/_report_sentence.html",
    "sharing: the address": "computer/templates/computer/_sharing.html",
    "sticks that are put in; an import": "computer/templates/computer/_now.html",
}


@pytest.mark.parametrize(
    ("said", "figure"),
    [
        (r"Texts of ([\d,]+) bytes or more go as gzip", packing.LEAST),
        (r"a random length, up to (\d+) bytes", packing.MOST_RANDOM - 1),
        (r"\| threads \| (\d+) \|", listeners.WINDOW_WORKERS),
        (r"\| threads \| \d+ \| (\d+) \|", listeners.CLASS_WORKERS),
        (r"\| longest idle connection \| (\d+) s", reception.IDLE_PATIENCE),
        (r"\| a request that does not come whole \| (\d+) s", reception.REQUEST_PATIENCE),
        (r"or (\d+) days with", LONG_STAY // DAY),
        (r"signed; opens nothing \| (\d+) days", DEVICE_SECONDS // DAY),
        (r"pages of (\d+)\. `page_size`", NodePagination.page_size),
        (r"`page_size` is at most ([\d,]+)", MOST_ROWS),
        (r"\| rows of a page \| ([\d,]+) ", MOST_ROWS),
        (r"\| address and headers \| (\d+) kB", connections.MOST_HEAD // KB),
        (r"\| (\d+) MB, [\d,]+ fields", settings.DATA_UPLOAD_MAX_MEMORY_SIZE // KB**2),
        (r"MB, ([\d,]+) fields", settings.DATA_UPLOAD_MAX_NUMBER_FIELDS),
        (r"fields, (\d+) files", settings.DATA_UPLOAD_MAX_NUMBER_FILES),
        (r"\| any body \| (\d+) MB", connections.MOST_BODY // KB**2),
        (r"bodies over (\d+) kB at a time", connections.MOST_AWAITED_BODY // KB),
        (r"\| connections of a listener \| (\d+) ", listener.MOST_CONNECTIONS),
        (r"\| resources of a lesson; learners of it \| (\d+);", MOST_RESOURCES),
        (r"keeps for a learner \| (\d+) kB", LARGEST_STATE // KB),
    ],
)
def test_figures_are_those_of_the_source(said: str, figure: Any) -> None:
    found = re.search(said, TEXT)
    assert found, said
    assert int(found[1].replace(",", "")) == figure


@pytest.mark.parametrize("what", PAGES)
def test_pages_ask_as_often_as_it_says(what: str) -> None:
    every = re.search(r"every (\d+)s", (ROOT / "kolibri" / PAGES[what]).read_text("utf-8"))
    told = re.search(rf"\| {re.escape(what)}[^|]*\| (\d+) s \|", TEXT)
    assert every and told and every[1] == told[1]


def test_the_cookies_are_as_it_says() -> None:
    assert "`SameSite` is `Strict`" in TEXT and settings.SESSION_COOKIE_SAMESITE == "Strict"
    assert settings.SESSION_COOKIE_HTTPONLY and settings.CSRF_USE_SESSIONS and settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


def test_every_page_that_it_leads_to_is_there() -> None:
    for link in re.findall(r"\]\(([\w./-]+)\)", TEXT):
        assert (ROOT / "docs" / link).is_file(), link
