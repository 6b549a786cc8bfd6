"""Cards and lists for paper: real PDFs of a full class, read again with poppler."""

import re
import shutil
import subprocess

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from tests.schools import School

browser = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def address(name: str, school: School) -> str:
    return reverse(f"kolibri:coach:{name}", args=[school.classroom.pk])


def test_a_card_for_each_learner(client: Client, school: School):
    client.force_login(school.coach)
    html = client.get(address("cards", school)).content.decode()
    assert html.count('class="login-card"') == 5
    assert "Choose your name; you need no password." in html
    some = client.get(address("cards", school), {"learner": [school.learners[1].pk]}).content.decode()
    assert re.findall(r'class="label"><bdi>([^<]*)', some) == ["Ben Carter"]


def test_cards_never_hold_an_address_or_a_password(client: Client, school: School):
    client.force_login(school.coach)
    dataset = school.facility.dataset
    dataset.learner_can_login_with_no_password = False
    dataset.save()
    html = client.get(address("cards", school)).content.decode()
    assert "Your password is the one that your teacher gave you." in html
    cards = html[html.index('<ul class="cards"') :]
    assert "http" not in cards
    assert "pbkdf2" not in cards


@pytest.mark.parametrize(
    ("columns", "count"), [("0", 0), ("7", 7), ("99", 10), ("-1", 5), ("x", 5), ("²", 5), ("9" * 5_000, 5)]
)
def test_a_list_has_the_columns_that_were_asked_for(client: Client, school: School, columns, count):
    client.force_login(school.coach)
    html = client.get(address("paper-list", school), {"columns": columns}).content.decode()
    assert html[html.index("<thead>") : html.index("</thead>")].count("<td></td>") == count


class TestPaper:
    pytestmark = browser

    @pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
    @pytest.mark.parametrize("name", ["cards", "paper-list"])
    def test_a_class_of_60_on_paper(self, visit, open_school, tmp_path, name):
        names = [(f"Learner Number {number}", f"learner{number}") for number in range(55)]
        auth.add_learners(open_school.classroom, names)
        page = visit(address(name, open_school), open_school.coach)
        file = tmp_path / "sheet.pdf"
        page.pdf(path=file, format="A4")
        sheets = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
        pages = sheets.rstrip("\f").split("\f")
        assert len(pages) > 1
        assert all(f"learner{number}" in sheets for number in range(55))
        assert "Hill School" in pages[0]
        assert "Sign out" not in sheets
        if name == "paper-list":
            assert all("Username" in sheet for sheet in pages)
