"""Every screen, and what it is opened with: one line for each address that answers a GET.

`"kolibri:coach:lesson": at("lesson")` opens it with `RichSchool.ids["lesson"]`, its address's keys in
their order; a name after `#` opens the same address once more, in another state. What is no page of
its own stands in NO_PAGES with the reason. For tests/ui/test_every_screen.py, tests/ui/test_weights.py
and `make screenshots`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from kolibri.core.device import window_key
from kolibri.core.device.models import DeviceSettings
from tests.access.expected_screens import SCREENS as ANSWERS
from tests.patience import PATIENCE
from tests.rich_school import RichSchool
from tests.setup.conftest import answer

ROLES = ("anonymous", "learner", "coach", "admin", "keeper")


@dataclass(frozen=True)
class Opened:
    """The ids, or words of its own, that an address is opened with, what is asked behind it, and how it answers."""

    names: tuple[str, ...] = ()
    query: str = ""
    status: int = HTTPStatus.OK

    def path(self, address: str, ids: dict[str, str]) -> str:
        made = reverse(address, args=[ids.get(name, name) for name in self.names]) if ":" in address else address
        return made + self.query.format(**ids)


def at(*names: str, query: str = "", status: int = HTTPStatus.OK) -> Opened:
    return Opened(names, query, status)


SCREENS: dict[str, Opened] = {
    "kolibri:ui:sign-in": at(),
    "kolibri:ui:sign-in#names": at(query="?class={class}"),
    "kolibri:ui:sign-in#form": at(query="?with=username"),
    "kolibri:ui:pictures": at("learner"),
    "kolibri:ui:help": at(query="?about=coach:lesson"),
    "kolibri:ui:help#nothing": at(query="?q=giraffe"),
    "kolibri:ui:help-topic": at("share"),
    "kolibri:ui:me": at(),
    "kolibri:setup:recover": at(),
    "kolibri:setup:code": at(),
    "kolibri:coach:classes": at(query="?stay"),
    "kolibri:coach:class": at("class"),
    "kolibri:coach:class#empty": at("empty-class"),
    "kolibri:coach:class#long": at("long-class"),
    "kolibri:coach:new-group": at("class"),
    "kolibri:coach:group": at("group"),
    "kolibri:coach:lesson": at("lesson"),
    "kolibri:coach:lesson#folder": at("lesson", query="?topic={the-big-book}"),
    "kolibri:coach:lesson#found": at("lesson", query="?q=water"),
    "kolibri:coach:lesson#empty": at("empty-lesson"),
    "kolibri:coach:lesson#long": at("long-lesson"),
    "kolibri:coach:preview": at("lesson", "the-water-cycle"),
    "kolibri:coach:preview#pdf": at("lesson", "water-words"),
    "kolibri:coach:preview#gone": at("long-lesson", "gone"),
    "kolibri:coach:as-learner": at("lesson"),
    "kolibri:coach:copy": at("lesson"),
    "kolibri:coach:history": at("lesson"),
    "kolibri:coach:deleted": at("class"),
    "kolibri:coach:deleted#none": at("empty-class"),
    "kolibri:coach:templates": at("class"),
    "kolibri:coach:templates#empty": at("empty-class"),
    "kolibri:coach:report": at("lesson"),
    "kolibri:coach:report#group": at("lesson", query="?group={group}"),
    "kolibri:coach:class-report": at("class"),
    "kolibri:coach:class-report#empty": at("empty-class"),
    "kolibri:coach:today": at("class"),
    "kolibri:coach:learner": at("class", "learner"),
    "kolibri:coach:cards": at("class"),
    "kolibri:coach:paper-list": at("class"),
    "kolibri:school:classes": at(),
    "kolibri:school:copy-class": at("class"),
    "kolibri:school:enrol": at("class"),
    "kolibri:school:list": at(),
    "kolibri:school:list-job": at("list-job"),
    "kolibri:school:settings": at(),
    "kolibri:school:class": at("class"),
    "kolibri:school:class#empty": at("empty-class"),
    "kolibri:school:people": at(),
    "kolibri:school:new-person": at(),
    "kolibri:school:person": at("learner"),
    "kolibri:school:person#coach": at("coach"),
    "kolibri:learn:lessons": at(),
    "kolibri:learn:lesson": at("lesson"),
    "kolibri:learn:resource": at("lesson", "the-water-cycle"),
    "kolibri:learn:resource#pdf": at("lesson", "water-words"),
    "kolibri:learn:resource#sound": at("lesson", "a-steady-tone"),
    "kolibri:learn:resource#app": at("lesson", "counting-beads"),
    "kolibri:learn:resource#exercise": at("lesson", "adding"),
    "kolibri:learn:library": at(),
    "kolibri:learn:library#folder": at(query="?topic={the-big-book}"),
    "kolibri:learn:library#found": at(query="?q=water"),
    "kolibri:learn:library#nothing": at(query="?q=giraffe"),
    "kolibri:learn:library-resource": at("the-water-cycle"),
    "kolibri:learn:library-resource#book": at("how-a-plant-grows"),
    "kolibri:computer:about": at(),
    "kolibri:computer:content": at(),
    "kolibri:computer:channel": at("channel"),
    "kolibri:computer:parts": at("attached", "other-channel"),
    "kolibri:computer:parts#here": at("attached", "channel"),
    "kolibri:computer:share": at(),
    "kolibri:computer:stick": at(),
    "kolibri:computer:arrivals": at(),
    "kolibri:computer:sync-stick": at(),
    "kolibri:computer:backups": at(),
    "kolibri:computer:sync": at(),
    "kolibri:computer:poster": at(),
    "kolibri:computer:delete-channel": at("channel"),
    "kolibri:computer:channel#own": at("own-channel"),
    "kolibri:computer:delete-own-file": at("own-file"),
    # Not an address but its absence, and one that is not for everybody.
    "/nothing/": at(status=HTTPStatus.NOT_FOUND),
    "kolibri:school:classes#refused": at(status=HTTPStatus.FORBIDDEN),
}

# Answers before the computer is a school's, in its window; the wizard's pages in their order.
WIZARD = (
    "kolibri:setup:language",
    "kolibri:setup:school",
    "kolibri:setup:bring",
    "kolibri:setup:stick",
    "kolibri:setup:classroom",
    "kolibri:setup:content",
)

NO_PAGES: dict[str, str] = {
    "kolibri:ui:home": "leads to each person's own first page",
    "kolibri:ui:alive": "an empty answer",
    "kolibri:ui:jobs": "a fragment above every page",
    "kolibri:setup:start": "leads to the wizard's next page",
    "kolibri:setup:finish": "leads into the school",
    "kolibri:setup:bring-around": "a fragment of the wizard's page",
    "kolibri:setup:bring-stop": "takes a press only",
    "kolibri:setup:school-draft": "a fragment of the wizard's page",
    "kolibri:setup:password-draft": "a fragment of the wizard's page",
    "kolibri:setup:class-draft": "a fragment of the wizard's page",
    "kolibri:setup:found": "a fragment of the wizard's page",
    "kolibri:setup:folder": "a fragment of the wizard's page",
    "kolibri:coach:pick": "a fragment of the lesson's page",
    "kolibri:coach:report-table": "a table to save",
    "kolibri:coach:report-workbook": "a table to save",
    "kolibri:coach:class-report-table": "a table to save",
    "kolibri:coach:class-report-workbook": "a table to save",
    "kolibri:coach:today-table": "a table to save",
    "kolibri:coach:today-workbook": "a table to save",
    "kolibri:coach:learner-table": "a table to save",
    "kolibri:coach:learner-workbook": "a table to save",
    "kolibri:school:list-csv": "a table to save",
    "kolibri:school:list-xlsx": "a table to save",
    "kolibri:school:list-done": "stands after a list that was just brought in; looked at after a press",
    "kolibri:ui:join": "is refused until an admin opens it; looked at after that",
    "kolibri:computer:sync-around": "a fragment of the sync's page",
    "kolibri:computer:now": "a fragment of the content's page",
    "kolibri:computer:share-state": "a fragment of the sharing page",
}


def unnamed() -> list[str]:
    """Return the addresses with a GET that have no line here (tests/access names every address)."""
    named = {name.partition("#")[0] for name in SCREENS} | NO_PAGES.keys() | set(WIZARD)
    return sorted({name for name, method, _place in ANSWERS if method == "get"} - named)


def signed_in(person: object, *, listener: str = "window", at_window: bool = False) -> Client:
    """Return a client with a session of its own at the listener; in the window itself if asked for."""
    client = Client(**{"kolibri.listener": listener})
    if person is not None:
        client.force_login(person)  # type: ignore[arg-type]
    if at_window:
        client.get("/window/enter", {"key": window_key.issue(), "next": "/"})
    return client


def who_opens(rich: RichSchool, name: str) -> list[str]:
    """Return the kinds of people who get the page that is meant, rather than a way elsewhere or a refusal."""
    meant = SCREENS[name]
    path = meant.path(name.partition("#")[0], rich.ids)
    return [
        role
        for role, person in rich.people.items()
        if signed_in(person, at_window=role == "keeper").get(path).status_code == meant.status
    ]


def in_the_wizard(language: str) -> Client:
    """Return the window of a bare computer, its wizard answered in that language up to the last page."""
    client = signed_in(None, at_window=True)
    answer(client, upto="content")
    client.post("/setup/language/", {"language": language})
    DeviceSettings.forget()
    return client


def cookies_of(client: Client, origin: str, language: str) -> list[dict[str, str]]:
    """Return a client's session and a language as a browser's cookies."""
    found = {settings.LANGUAGE_COOKIE_NAME: language}
    if session := client.cookies.get(settings.SESSION_COOKIE_NAME):
        found[settings.SESSION_COOKIE_NAME] = session.value
    return [{"name": name, "value": value, "url": origin} for name, value in found.items()]


def settle(page: Page) -> None:
    """Wait until nothing is on its way into the page. The page's policy forbids the browser's own waiting."""
    still = (
        "() => document.querySelector('.htmx-request, [data-pdf]:not([data-ready])')"
        " || document.fonts.status !== 'loaded'"
    )
    end = time.monotonic() + PATIENCE
    while page.evaluate(still):
        assert time.monotonic() < end, f"{page.url} never comes to rest"
        page.wait_for_timeout(30)
