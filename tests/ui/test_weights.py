"""What each screen weighs on the way to a phone, counted by the browser, and that what is packed stays small.

Everything counts that the first visit fetches, but fonts (a phone has its own for its language) and what
belongs to a resource: its file, its picture. A PDF brings its reader, which is told by itself.
`-s` shows the table, which is also written to build/weights.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser
from playwright.sync_api import Page

from kolibri.server.listeners import Listeners
from tests import every_screen
from tests import full_class
from tests.every_screen import SCREENS
from tests.rich_school import RichSchool
from tests.schools import School
from tests.screens import bring
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser]

FIRST = 100_000  # bytes on the wire, headers included
NEXT = 15_000
READER = 160_000
WORKER = 450_000  # the reader's other half, which a thread of its own fetches
TABLE = Path(__file__).parent.parent.parent / "build" / "weights.txt"
FULL = TABLE.with_name("weights-of-a-full-class.txt")
CONTENT = ("/content/", "/zip/", "/zipcontent/")


class Scales:
    """Adds up what the browser's network layer received, while `weigh` opens a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.parts: dict[str, int] = {}
        self._urls: dict[str, str] = {}
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on(
            "Network.requestWillBeSent", lambda told: self._urls.update({told["requestId"]: told["request"]["url"]})
        )
        network.on("Network.loadingFinished", self._finished)

    def _finished(self, told: dict[str, Any]) -> None:
        path = urlsplit(self._urls.get(told["requestId"], "")).path
        self.parts[path] = self.parts.get(path, 0) + round(told["encodedDataLength"])

    def weigh(self, url: str) -> dict[str, int]:
        self.parts = {}
        answer = self.page.goto(url, wait_until="load")
        assert answer is not None and answer.ok, url
        every_screen.settle(self.page)
        # What was received is told a moment later.
        self.page.wait_for_timeout(100)
        return {path: size for path, size in self.parts.items() if path}


def own(parts: dict[str, int]) -> dict[str, int]:
    return {path: size for path, size in parts.items() if not path.endswith(".woff2") and not path.startswith(CONTENT)}


def is_reader(path: str) -> bool:
    return "/pdfjs/" in path


def test_the_readers_worker_goes_packed() -> None:
    answer = Client().get(static("assets/pdfjs/pdf.worker.min.mjs"), headers={"Accept-Encoding": "gzip"})
    assert len(answer.content) < WORKER


def opens_for(rich: RichSchool, path: str) -> tuple[str, Client] | None:
    """Return the first kind of people who get the page at the class's listener."""
    for who, person in rich.people.items():
        client = every_screen.signed_in(person, listener="class")
        if client.get(path).status_code == 200:
            return who, client
    return None


@pytest.fixture
def shared(listeners: Listeners, settings: Any) -> Iterator[str]:
    """The class's listener, as a phone reaches it."""
    sharing = listeners.share()
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, *sharing.addresses]
    yield f"http://{sharing.addresses[0]}:{sharing.port}"


@pytest.mark.django_db(transaction=True)
def test_every_screen_is_light(
    chromium: Browser, shared: str, open_school: School, computer: Path, tmp_path: Path, settings: Any
) -> None:
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "BLUE STICK", channels=2).root]
    rich = RichSchool(open_school, make_stick(tmp_path / "stick", padding=30), computer)
    rows, heavy = [f"{'screen':36}{'who':11}{'first':>9}{'next':>8}{'reader':>9}  {'heaviest of the first visit'}"], []
    readers = []
    for name, opened in SCREENS.items():
        path = opened.path(name.partition("#")[0], rich.ids)
        if not (lets_in := opens_for(rich, path)) or opened.status != 200:
            continue
        who, client = lets_in
        context = chromium.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
        context.add_cookies(every_screen.cookies_of(client, shared, "en"))
        scales = Scales(context.new_page())
        first, again = (own(scales.weigh(shared + path)) for _ in range(2))
        context.close()
        reader = sum(size for part, size in first.items() if is_reader(part))
        total, later = sum(first.values()) - reader, sum(again.values())
        readers += [name] * bool(reader)
        top = sorted(first.items(), key=lambda part: -part[1])[:3]
        rows.append(
            f"{name:36}{who:11}{total:9,}{later:8,}{reader:9,}  "
            + ", ".join(f"{part.rpartition('/')[2] or 'page'} {size:,}" for part, size in top)
        )
        if total > FIRST or later > NEXT or reader > READER:
            heavy.append(rows[-1])
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join([*rows, ""]), "utf-8")
    print("", *rows, sep="\n")
    assert heavy == []
    # Else it was not waited for, and the next visit was blamed for it.
    assert "kolibri:coach:preview#pdf" in readers


@pytest.mark.django_db(transaction=True)
def test_a_full_class_is_light_too(
    chromium: Browser, shared: str, open_school: School, computer: Path, tmp_path: Path
) -> None:
    """The longest pages there are: 50 learners and 60 lessons."""
    bring(make_stick(tmp_path / "stick", padding=30), computer)
    learners, lessons, _nodes = full_class.fill(open_school)
    room, lesson, learner = open_school.classroom.pk, lessons[0].pk, learners[0]
    pages = {
        "coach:class": (open_school.coach, [room]),
        "coach:class-report": (open_school.coach, [room]),
        "coach:today": (open_school.coach, [room]),
        "coach:report": (open_school.coach, [lesson]),
        "coach:lesson": (open_school.coach, [lesson]),
        "coach:learner": (open_school.coach, [room, learner.pk]),
        "coach:cards": (open_school.coach, [room]),
        "school:class": (open_school.admin, [room]),
        "school:people": (open_school.admin, []),
        "learn:lessons": (learner, []),
        "ui:sign-in": (None, []),
    }
    rows, heavy = [f"{'full class':36}{'first':>9}{'next':>8}"], []
    for name, (person, args) in pages.items():
        context = chromium.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
        client = every_screen.signed_in(person, listener="class")
        context.add_cookies(every_screen.cookies_of(client, shared, "en"))
        scales = Scales(context.new_page())
        url = shared + reverse(f"kolibri:{name}", args=args)
        first, again = (sum(own(scales.weigh(url)).values()) for _ in range(2))
        context.close()
        rows.append(f"{name:36}{first:9,}{again:8,}")
        if first > FIRST or again > NEXT:
            heavy.append(rows[-1])
    FULL.parent.mkdir(exist_ok=True)
    FULL.write_text("\n".join([*rows, ""]), "utf-8")
    print("", *rows, sep="\n")
    assert heavy == []
