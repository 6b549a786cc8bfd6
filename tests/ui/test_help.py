"""The help: its topics, its search in every language, and the topic that fits a page."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from playwright.sync_api import expect

from kolibri.core.auth.models import FacilityUser
from kolibri.ui.help import about
from kolibri.ui.help import searching
from kolibri.ui.help.topic import For
from kolibri.ui.help.topics import BY_NAME
from kolibri.ui.help.topics import TOPICS
from tests.access.test_screens import screens
from tests.schools import School
from tests.screens import LOOKS
from tests.screens import check
from tools import catalogues

LABEL = re.compile("“([^”]+)”")
CODES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def translations(code: str) -> dict[str, str]:
    source = settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po"
    return {entry.msgid or "": entry.forms[0] for entry in catalogues.read(source)[1:]}


def as_person(person: FacilityUser | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def titles(page: str) -> list[str]:
    """Return the titles that the list shows."""
    rows = re.findall(r'<li class="row"( hidden)?>.*?<a href="/help/[\w-]+/">(.*?)</a>', page)
    return [title for hidden, title in rows if not hidden]


# Its text


def test_topics_are_short() -> None:
    assert len(BY_NAME) == len(TOPICS)
    for topic in TOPICS:
        assert 3 <= len(topic.steps) <= 6, topic.name
        assert all(len(str(step)) <= 120 for step in topic.steps), topic.name


@pytest.mark.parametrize("code", CODES)
def test_the_help_calls_each_button_by_its_name_in_every_language(code: str) -> None:
    there = translations(code)
    wrong = []
    for step in (str(step) for topic in TOPICS for step in topic.steps):
        for label in LABEL.findall(step):
            if label not in there:
                wrong.append(f"no screen says “{label}”")
            elif step in there and there[label] not in there[step]:
                wrong.append(f"“{label}” is “{there[label]}” on the screens, but not in “{there[step]}”")
    assert wrong == []


# Searching


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉCOLE Leçon Œuvre", "ecole lecon oeuvre"),
        ("Contraseña, São", "contrasena, sao"),
        ("أسماء الطلبة على المدرسة", "اسماء الطلبه علي المدرسه"),
        ("مُعلِّم", "معلم"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert searching.fold(text) == folded


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("wifi", "share"),
        ("PASSWORD forgotten", "password"),
        ("excel", "file"),
        ("  Undo ", "undo"),
        ("usb channel", "content"),
        ("qr", "share"),
    ],
)
def test_topics_are_found_by_words(query: str, name: str) -> None:
    assert name in searching.found(query, TOPICS)


def test_every_word_must_be_there_and_no_word_finds_all() -> None:
    assert searching.found("wifi giraffe", TOPICS) == set()
    assert searching.found(" … ", TOPICS) == set(BY_NAME)


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_each_topic_is_found_by_its_own_words_in_every_language(code: str) -> None:
    with translation.override(code):
        for topic in TOPICS:
            said = searching.fold(str(topic.title)).upper()
            assert topic.name in searching.found(said, TOPICS), said
            for word in re.split("[,،] *", str(topic.words)):
                assert topic.name in searching.found(word, TOPICS), word


# Pages


def test_every_page_that_has_a_topic_is_a_page() -> None:
    pages = {name.removeprefix("kolibri:") for name in screens()}
    spaces = {page.partition(":")[0] for page in pages}
    assert [page for page in about.ABOUT if page not in pages | spaces] == []
    assert [name for name in about.ABOUT.values() if name not in BY_NAME] == []


@pytest.mark.parametrize(
    ("path", "page", "name"),
    [
        ("/coach/?stay", "coach:classes", "first-steps"),
        ("/coach/class/{class}/", "coach:class", "lesson"),
        ("/coach/class/{class}/new-group/", "coach:new-group", "who"),
        ("/school/", "school:classes", "class"),
        ("/school/class/{class}/", "school:class", "names"),
    ],
)
def test_the_link_leads_to_the_topic_of_the_page(school: School, path: str, page: str, name: str) -> None:
    client = as_person(school.admin)
    text = client.get(path.replace("{class}", school.classroom.pk)).content.decode()
    address = f"/help/?about={page}"
    assert f'href="{address}"' in text
    shown = client.get(address).content.decode()
    assert f'<h2 id="fitting-title">{BY_NAME[name].title}</h2>' in shown
    for step in BY_NAME[name].steps:
        assert str(step).replace("'", "&#x27;") in shown


def test_the_list_is_for_whom_it_concerns(school: School) -> None:
    shown = {
        who: titles(as_person(person).get("/help/").content.decode())
        for who, person in (("coach", school.coach), ("learner", school.learner), ("nobody", None))
    }
    assert shown["coach"] == [str(topic.title) for topic in TOPICS if topic.reader is not For.LEARNERS]
    assert shown["learner"] == ["How to open your lessons"]
    assert shown["nobody"] == ["A forgotten password or username", "How to open your lessons"]
    # A topic that does not concern somebody is not put on top of the list either.
    page = as_person(school.learner).get("/help/?about=coach:lesson").content.decode()
    assert "fitting-title" not in page


def test_the_search_works_without_scripts(school: School) -> None:
    client = as_person(school.coach)
    page = client.get("/help/", {"q": "Wi-Fi hotspot"}).content.decode()
    assert titles(page) == ["Share with the class"]
    assert '<p id="topics-none" hidden>' in page
    nothing = client.get("/help/", {"q": "<giraffe>"}).content.decode()
    assert titles(nothing) == []
    assert '<p id="topics-none">' in nothing and "<giraffe>" not in nothing


def test_a_topic_that_is_not_there_is_said(school: School) -> None:
    answer = as_person(school.coach).get("/help/giraffe/")
    assert answer.status_code == 404
    assert "Look at the list of topics." in answer.content.decode()


def test_before_a_school_exists_no_page_offers_help(db: None) -> None:
    assert "/help/" not in as_person(None).get("/setup/", follow=True).content.decode()


# In a browser


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_list_narrows_as_one_types(visit, open_school) -> None:
    page = visit("/help/?about=coach:lesson", open_school.coach)
    rows = page.locator("#topics > li:visible a")
    assert rows.count() == len([topic for topic in TOPICS if topic.reader is not For.LEARNERS])
    box = page.get_by_label("Search the help")
    box.press_sequentially("WÏ-FI hót")
    expect(rows).to_have_text(["Share with the class"])
    box.fill("giraffe")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("No topic has these words.")).to_be_visible()
    box.fill("excel")
    expect(page.get_by_text("No topic has these words.")).to_be_hidden()
    page.get_by_role("link", name="Add learners from a file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add learners from a file")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_both_searches_fold_alike(visit, open_school) -> None:
    """The script's and the server's, on words of all six languages."""
    page = visit("/help/", open_school.coach)
    page.evaluate(
        """(rows) => {
            document.getElementById("topics").innerHTML = rows.map((row) => `<li>${row}</li>`).join("");
        }""",
        texts := [
            "Leçon à l’école",
            "Contraseña",
            "الطلبة في المدرسة",
            "Œuvre",
            "Mwanafunzi",
            "مُعلِّم على",
            "O'Brien 12",
        ],
    )
    for query in [
        "LECON ecole",
        "contrasena",
        "مدرسه",
        "المدرسة",
        "oeuvre",
        "mwana",
        "معلم",
        "علي",
        "الطلبه",
        "o'brien",
        "2",
    ]:
        page.get_by_label("Search the help").fill(query)
        shown = page.locator("#topics > li:visible").all_inner_texts()
        words = searching.words_of(query)
        assert shown == [text for text in texts if all(word in searching.fold(text) for word in words)], query
        assert shown


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
def test_how_it_looks(visit, open_school, tmp_path, look) -> None:
    check(visit("/help/?about=coach:lesson", open_school.coach, look), "help", tmp_path)
    check(visit("/help/share/", open_school.admin, look), "topic", tmp_path)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_language_pushes_the_page_sideways_on_a_phone(visit, open_school) -> None:
    page = visit("/help/?about=computer:share", open_school.admin, "phone")
    for code in CODES:
        page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": code, "url": page.url}])
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", code)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), code
        mark = page.locator(".top .name").bounding_box()
        assert mark and mark["width"] >= 28, code


# The guide


def test_the_guide_calls_each_button_by_its_name() -> None:
    guide = (catalogues.ROOT / "docs" / "guide.md").read_text("utf-8")
    bold = [" ".join(label.split()) for label in re.findall(r"\*\*(.+?)\*\*", guide, re.DOTALL)]
    assert len(bold) > 30
    on_screens = set(translations(CODES[0]))
    for template in (catalogues.ROOT / "kolibri").rglob("*.html"):
        on_screens.update(re.findall(r"""{% translate "([^"]+)\"""", template.read_text("utf-8")))
    assert [label for label in bold if label not in on_screens and label != "bold"] == []


def test_the_pictures_of_the_guide_are_there() -> None:
    folder = catalogues.ROOT / "docs"
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (folder / "guide.md").read_text("utf-8"))
    assert pictures and all((folder / picture).is_file() for picture in pictures)
