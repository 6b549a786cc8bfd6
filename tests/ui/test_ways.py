"""Every screen is reached by links from the first page, by each kind of people who may open it."""

from __future__ import annotations

import re
from collections import Counter
from collections import deque
from html import unescape
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404
from django.urls import resolve

from tests import every_screen
from tests.every_screen import SCREENS
from tests.rich_school import RichSchool
from tests.schools import School
from tests.sticks import make_stick

# Other ways lead there than a link.
OTHER_WAYS: dict[str, str] = {
    "kolibri:ui:sign-in": "where one is who has not signed in",
    "kolibri:ui:pictures": "stands between a learner's name and the lessons, where the school says so",
    "kolibri:setup:recover": "from the sign-in page, which who has signed in does not see",
    "kolibri:setup:code": "after a press on the person's own page",
    "kolibri:school:list-job": "after a long list was sent",
    "kolibri:computer:poster": "from the sharing page, while the class is let in",
}
# A teacher may open them, and has the coach's pages for the same.
LEARNERS = ("kolibri:learn:lessons", "kolibri:learn:library", "kolibri:learn:library-resource")
# Addresses of one name that are looked at: the long ones of the school are all alike.
MANY = 3
LINK = re.compile(r'\b(?:href|hx-get)="(/[^"]*|\?[^"]*)"')


def reached(client: Client, start: str = "/") -> set[str]:
    """Return the names of what the links of pages lead to, from `start` on."""
    names: set[str] = set()
    looked: Counter[str] = Counter()
    seen, ahead = {start}, deque([start])
    while ahead:
        address = ahead.popleft()
        try:
            name = resolve(urlsplit(address).path).view_name
        except Resolver404:
            continue
        looked[name] += 1
        if looked[name] > MANY:
            continue
        answer = client.get(address, follow=True)
        if answer.status_code != HTTPStatus.OK or "html" not in answer.get("Content-Type", ""):
            continue
        last = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        names |= {name, resolve(urlsplit(last).path).view_name}
        for link in LINK.findall(answer.content.decode()):
            way = urljoin(last, unescape(link))
            if way not in seen and not way.startswith(("/static/", "/content/", "/zip/")):
                seen.add(way)
                ahead.append(way)
    return names


@pytest.mark.parametrize("who", ["learner", "coach", "admin", "keeper"])
def test_what_one_may_open_is_offered(who: str, school: School, computer: Path, tmp_path: Path, settings) -> None:
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "BLUE STICK", channels=2).root]
    rich = RichSchool(school, make_stick(tmp_path / "stick"), computer)
    client = every_screen.signed_in(rich.people[who], at_window=who == "keeper")
    wanted = {name: meant for name, meant in SCREENS.items() if name.startswith("kolibri:") and "#" not in name}
    mine = {
        name
        for name, meant in wanted.items()
        if name not in OTHER_WAYS and client.get(meant.path(name, rich.ids)).status_code == HTTPStatus.OK
    }
    assert mine
    assert sorted(mine - reached(client) - set(() if who == "learner" else LEARNERS)) == []
