"""Language, school and class: what is refused, what is kept."""

import re

import pytest
from django.test import Client
from django.test import override_settings

from kolibri.core.auth.models import Facility
from kolibri.core.device import services
from kolibri.core.device.models import DeviceSettings
from tests.setup.conftest import SCHOOL
from tests.setup.conftest import answer
from tests.setup.conftest import at_window
from tests.setup.conftest import class_fields

TWO = override_settings(LANGUAGES=[("en", "English"), ("ar", "Arabic"), ("fr", "French")])
NAMES = ["محمد الأمين", "ሰላማዊት ተስፋዬ", "अनन्या शर्मा", "王小明"]


def usernames(response):
    return re.findall(r'name="learner_username"[^>]*? value="([^"]*)"', response.content.decode())


def rows(response):
    """The rows of the page as its form would send them."""
    html = response.content.decode()
    found = {
        name: re.findall(rf'name="{name}"[^>]*? value="([^"]*)"', html)
        for name in ("learner_name", "learner_username", "learner_proposed")
    }
    return found


def test_start_leads_to_the_first_page_that_is_not_answered(window):
    assert window.get("/setup/")["Location"] == "/setup/language/"
    answer(window, upto="classroom")
    assert window.get("/setup/")["Location"] == "/setup/class/"


@pytest.mark.parametrize("address", ["/setup/school/", "/setup/class/", "/setup/content/"])
def test_no_page_before_those_in_front_of_it(window, address):
    assert window.get(address)["Location"] == "/setup/"
    assert window.post(address, {**SCHOOL, **class_fields(), "go": "later"})["Location"] == "/setup/"
    assert not Facility.objects.exists()


@TWO
@pytest.mark.parametrize(("wish", "first"), [("fr-CH, en;q=0.5", "fr"), ("ar", "ar"), ("xx, fr", "fr"), ("tlh", "en")])
def test_the_browsers_language_stands_first(window, wish, first, monkeypatch):
    monkeypatch.setattr("kolibri.setup.languages.system_language", lambda: "")
    html = window.get("/setup/language/", headers={"Accept-Language": wish}).content.decode()
    assert re.findall(r'name="language" value="(\w+)"', html)[0] == first


@TWO
def test_the_systems_language_stands_first_in_our_own_window(window, monkeypatch):
    from kolibri.core.device import host

    class Desktop(host.NoHost):
        is_desktop = True

    monkeypatch.setattr("kolibri.setup.languages.system_language", lambda: "fr")
    html = window.get("/setup/language/", headers={"Accept-Language": "ar"}).content.decode()
    assert html.index('value="ar"') < html.index('value="fr"')
    host.register(Desktop())
    try:
        html = window.get("/setup/language/", headers={"Accept-Language": "ar"}).content.decode()
    finally:
        host.register(None)
    assert html.index('value="fr"') < html.index('value="ar"')


@TWO
def test_each_language_is_in_its_own_name(window):
    html = window.get("/setup/language/").content.decode()
    assert "العربيّة" in html and "français" in html.lower() and 'dir="rtl"' in html


@TWO
def test_the_chosen_language_is_the_computers(window):
    window.post("/setup/language/", {"language": "ar"})
    assert DeviceSettings.current().language == "ar"
    assert window.get("/setup/school/")["Content-Language"] == "ar"


@pytest.mark.parametrize("fields", [{}, {"language": ""}, {"language": "xx"}, {"language": "e\x00n"}])
def test_an_unknown_language_is_refused(window, fields):
    response = window.post("/setup/language/", fields)
    assert response.status_code == 400
    assert "Choose a language." in response.content.decode()
    assert services.answers() == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("school_name", ""),
        ("school_name", " "),
        ("school_name", "x" * 101),
        ("school_name", "Hill\x00School"),
        ("full_name", ""),
        ("full_name", "x" * 121),
        ("full_name", "A\x00B"),
        ("username", "a b"),
        ("username", "x" * 31),
        ("username", "ami\x00na"),
        ("password", ""),
        ("password", "short7!"),
        ("password", "x" * 129),
        ("password", "blue\x00kettle"),
        ("password", "password"),
        ("password", "Hill School"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_kept(window, field, value):
    answer(window, upto="school")
    response = window.post("/setup/school/", {**SCHOOL, field: value})
    html = response.content.decode()
    assert response.status_code == 400
    assert set(re.findall(r'id="error-(\w+)"', html)) == {field}
    other = "full_name" if field == "school_name" else "school_name"
    assert SCHOOL[other] in html
    assert window.get("/setup/class/")["Location"] == "/setup/"


def test_all_errors_come_at_once(window):
    answer(window, upto="school")
    html = window.post("/setup/school/", {}).content.decode()
    assert set(re.findall(r'id="error-(\w+)"', html)) == {"school_name", "full_name", "username", "password"}


def test_the_username_follows_the_name_until_it_is_written(window):
    answer(window, upto="school")
    typed = {"full_name": "Amina Bello", "username": "", "username_proposed": ""}
    html = window.post("/setup/school/draft/", typed).content.decode()
    assert 'value="amina"' in html and 'hx-swap-oob="true"' in html
    again = {"full_name": "Zara Bello", "username": "amina", "username_proposed": "amina"}
    assert 'value="zara"' in window.post("/setup/school/draft/", again).content.decode()
    own = {"full_name": "Zara Bello", "username": "miss_b", "username_proposed": "zara"}
    assert "username-field" not in window.post("/setup/school/draft/", own).content.decode()
    assert services.answers()["school"]["username"] == "miss_b"


@pytest.mark.parametrize(
    ("password", "level"), [("abc", "short"), ("password", "guessable"), ("blue kettle, 7", "strong")]
)
def test_the_strength_line_is_told_while_typing(window, password, level):
    answer(window, upto="school")
    html = window.post("/setup/school/draft/", {**SCHOOL, "password": password}).content.decode()
    assert f'data-level="{level}"' in html and 'role="status"' in html
    assert password not in str(services.answers())


def test_what_was_typed_survives_a_reload(window):
    answer(window, upto="school")
    window.post("/setup/school/draft/", {**SCHOOL, "school_name": "Hill \x00Sch"})
    html = window.get("/setup/school/").content.decode()
    assert 'value="Hill Sch"' in html and 'value="Amina Bello"' in html
    assert 'id="id-password"' in html


def test_going_back_keeps_even_what_would_be_refused(window):
    answer(window, upto="school")
    response = window.post("/setup/school/", {**SCHOOL, "username": "a b", "go": "back"})
    assert response["Location"] == "/setup/language/"
    assert 'value="a b"' in window.get("/setup/school/").content.decode()
    assert window.get("/setup/class/")["Location"] == "/setup/"


def test_a_password_that_is_set_is_not_asked_again(window):
    answer(window, upto="classroom")
    kept = services.answers()["school"]["password_hash"]
    html = window.get("/setup/school/").content.decode()
    assert "Your password is set." in html and 'id="id-password"' not in html
    without = {**SCHOOL, "password": "", "school_name": "Other School"}
    assert window.post("/setup/school/", without)["Location"] == "/setup/class/"
    assert services.answers()["school"]["password_hash"] == kept
    assert 'id="id-password"' in window.get("/setup/school/?change").content.decode()
    window.post("/setup/school/", {**SCHOOL, "password": "another good one"})
    assert services.answers()["school"]["password_hash"] != kept


def test_a_password_is_kept_when_its_field_is_left(window):
    answer(window, upto="school")
    assert window.post("/setup/school/password/", {"password": "short"}).status_code == 204
    assert "password_hash" not in services.answers().get("school", {})
    assert window.post("/setup/school/password/", {"password": SCHOOL["password"]}).status_code == 204
    assert "Your password is set." in window.get("/setup/school/").content.decode()


def test_another_session_resumes_where_the_first_stopped(window):
    answer(window, upto="classroom")
    window.post("/setup/class/draft/", class_fields("Ben Carter"))
    other = at_window(Client())
    assert other.get("/setup/")["Location"] == "/setup/class/"
    html = other.get("/setup/class/").content.decode()
    assert "Ben Carter" in html and 'value="ben"' in html and 'value="Grade 4"' in html


def test_usernames_are_made_while_names_are_typed(window):
    answer(window, upto="classroom")
    response = window.post("/setup/class/draft/", class_fields("1. Ben Carter\n\n2. Ben Diaz\nAmina Okafor\n"))
    assert usernames(response) == ["ben", "bend", "aminao"]


def test_names_of_every_script_get_usernames(window):
    answer(window, upto="classroom")
    response = window.post("/setup/class/draft/", class_fields("\n".join(NAMES)))
    found = usernames(response)
    assert len(set(found)) == 4 and all(found)
    assert window.post("/setup/class/", {**class_fields("\n".join(NAMES)), **rows(response)}).status_code == 302
    assert [name for name, *_ in services.answers()["classroom"]["rows"]] == NAMES


def test_a_username_that_was_edited_stays_with_its_name(window):
    answer(window, upto="classroom")
    sent = {
        "learner_name": ["Ben Carter", "Carla Diaz"],
        "learner_username": ["benny", "carla"],
        "learner_proposed": ["ben", "carla"],
    }
    names = "Carla Diaz\nBen Carter\nBen Eke"
    assert usernames(window.post("/setup/class/draft/", {**class_fields(names), **sent})) == ["carla", "benny", "ben"]


@pytest.mark.parametrize("username", ["carla", "CARLA", "amina", "a b", "ben\x00", "x" * 31])
def test_a_bad_username_is_told_in_its_row(window, username):
    answer(window, upto="classroom")
    sent = {
        "learner_name": ["Ben Carter", "Carla Diaz"],
        "learner_username": [username, "carla"],
        "learner_proposed": ["ben", "carla2"],
    }
    fields = {**class_fields("Ben Carter\nCarla Diaz"), **sent}
    assert "learner-error-" in window.post("/setup/class/draft/", fields).content.decode()
    response = window.post("/setup/class/", fields)
    assert response.status_code == 400 and "learner-error-" in response.content.decode()
    assert window.get("/setup/content/")["Location"] == "/setup/"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "Grade\x004", "\u200b"])
def test_a_bad_class_name_is_named(window, name):
    answer(window, upto="classroom")
    response = window.post("/setup/class/", class_fields("Ben Carter", name))
    assert response.status_code == 400
    assert set(re.findall(r'id="error-(\w+)"', response.content.decode())) == {"classroom_name"}
    assert "Ben Carter" in response.content.decode()


def test_three_hundred_names_fit_and_one_more_is_refused(window):
    answer(window, upto="classroom")
    names = [f"Learner Number{number}" for number in range(301)]
    response = window.post("/setup/class/", class_fields("\n".join(names)))
    assert response.status_code == 400 and "at most 300 names" in response.content.decode()
    assert window.post("/setup/class/", class_fields("\n".join(names[:300])))["Location"] == "/setup/content/"


def test_usernames_can_be_seen_without_scripts(window):
    answer(window, upto="classroom")
    response = window.post("/setup/class/", {**class_fields("Ben Carter", ""), "go": "usernames"})
    assert response.status_code == 200 and usernames(response) == ["ben"]


def test_a_class_may_begin_empty(window):
    answer(window, names="")
    assert window.get("/setup/content/").status_code == 200
