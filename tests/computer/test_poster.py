"""The poster for the class: its language, address and network, on the page and on paper."""

import html
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from kolibri.core.device import sharing
from kolibri.core.device.sharing import Sharing
from tests.computer.doors import DOORS
from tests.computer.doors import lists_names
from tests.computer.doors import open_door
from tests.schools import make_superuser
from tests.screens import check

ADDRESSES = ("192.168.100.200", "10.0.0.5")
BEST, OTHER = (f"http://{address}:8088" for address in ADDRESSES)
PAGE = "/computer/share/poster/"


class Sharer:
    def __init__(self) -> None:
        self.now = Sharing(True, ADDRESSES, 8088)

    def state(self) -> Sharing:
        return self.now

    def start(self) -> Sharing:
        return self.now

    def stop(self) -> Sharing:
        return self.now


@pytest.fixture
def sharer() -> Iterator[Sharer]:
    found = Sharer()
    sharing.register(found)
    yield found
    sharing.register(None)


@pytest.fixture
def keeper(school) -> Client:
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


def sheet(client: Client, **asked: str) -> str:
    page = client.get(PAGE, asked).content.decode()
    (found,) = re.findall(r'<section class="panel poster".*?</section>', page, re.DOTALL)
    return html.unescape(found)


@pytest.mark.parametrize("now", [Sharing(), Sharing(True, (), 8088)])
def test_without_an_address_it_says_what_comes_first(keeper, sharer, now):
    sharer.now = now
    page = keeper.get(PAGE).content.decode()
    assert "nothing is shared with the class yet" in page
    assert 'href="/computer/share/"' in page and 'id="poster"' not in page and "data-print" not in page


def test_the_sharing_page_leads_to_it_while_there_is_an_address(keeper, sharer):
    assert f'href="{PAGE}"' in keeper.get("/computer/share/").content.decode()
    sharer.now = Sharing()
    assert f'href="{PAGE}"' not in keeper.get("/computer/share/").content.decode()


@pytest.mark.parametrize(
    ("asked", "shown"), [("", BEST), (OTHER, OTHER), ("http://192.168.9.9:8088", BEST), ("javascript:alert(1)", BEST)]
)
def test_only_an_address_that_is_shared_is_shown(keeper, sharer, asked, shown):
    found = sheet(keeper, address=asked)
    assert f">{shown}<" in found and sharing.qr_of(shown) in found
    assert ({BEST, OTHER} - {shown}).pop() not in found


@pytest.mark.parametrize(
    ("asked", "code", "direction"),
    [("", "en", "ltr"), ("sw", "sw", "ltr"), ("ar", "ar", "rtl"), ("xx", "en", "ltr"), ("../", "en", "ltr")],
)
def test_the_poster_speaks_the_learners_language(keeper, sharer, asked, code, direction):
    page = keeper.get(PAGE, {"language": asked}).content.decode()
    assert '<html lang="en" dir="ltr">' in page and "Language of the poster" in page
    assert f'lang="{code}" dir="{direction}"' in sheet(keeper, language=asked)
    assert ("Your lessons are here" in sheet(keeper, language=asked)) == (code == "en")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("  Hill \n School ", "Hill School"), ("<b>", "<bdi><b></bdi>"), ("x" * 99, f"<bdi>{'x' * 32}<")],
)
def test_the_network_is_the_one_that_was_typed(keeper, sharer, typed, shown):
    assert shown in sheet(keeper, network=typed)
    assert "<b>" not in keeper.get(PAGE, {"network": typed}).content.decode()


def test_who_does_not_know_the_network_gets_a_line_to_write_on(keeper, sharer):
    assert 'class="write-here"' in sheet(keeper, network=" ")
    assert 'class="write-here"' not in sheet(keeper, network="Hill")


@pytest.mark.parametrize(("way", "shows_names", "words"), DOORS)
def test_it_says_how_to_sign_in(keeper, school, sharer, way, shows_names, words):
    open_door(school, way, shows_names)
    found = sheet(keeper)
    assert f"<span>{words}" in found
    assert lists_names() == ("Choose your class" in found)


@pytest.mark.parametrize("who", ["coach", "admin", "learner"])
def test_who_does_not_keep_the_computer_is_refused(school, sharer, who):
    client = Client()
    client.force_login(getattr(school, who))
    answer = client.get(PAGE)
    assert answer.status_code == 403 and BEST not in answer.content.decode()


class TestPaper:
    pytestmark = [
        pytest.mark.browser,
        pytest.mark.django_db(transaction=True),
        pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed"),
    ]

    @pytest.mark.parametrize("paper", ["A4", "Letter"])
    def test_it_is_one_page_in_each_language(self, visit, open_school, sharer, tmp_path, paper):
        page = visit(PAGE, make_superuser(open_school.admin))
        for code, _ in settings.LANGUAGES:
            page.goto(f"{page.url.partition('?')[0]}?language={code}")
            file = tmp_path / f"{code}.pdf"
            page.pdf(path=file, format=paper)
            told = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
            text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
            # Right-to-left text comes with marks of its direction between the signs.
            text = re.sub("[\u202a-\u202e]", "", text)
            assert re.search(r"^Pages: +1$", told, re.MULTILINE), code
            assert BEST in text and "Hill School" in text, code
            assert "Sign out" not in text and "Language of the poster" not in text, code

    @pytest.mark.parametrize("look", ["wide", "phone", "wide-rtl", "phone-rtl"])
    def test_a_look_at_it(self, visit, open_school, sharer, tmp_path, look):
        page = visit(f"{PAGE}?language=ar&network=Hill+School", make_superuser(open_school.admin), look)
        check(page, look, tmp_path)
        page.get_by_label("Language of the poster").select_option("sw")
        page.wait_for_url("**language=sw**")
        assert page.locator("#poster").get_attribute("lang") == "sw"
        assert page.get_by_label("Name of the Wi-Fi").input_value() == "Hill School"
