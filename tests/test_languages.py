"""Every sentence of the program is there in every language that it offers, whole and in all its plural forms."""

from __future__ import annotations

import ast
import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from app import language
from kolibri.core.device.models import DeviceSettings
from kolibri.server import sentences as sentences_of_the_server
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment
from tools import catalogues
from tools import messages

CODES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# %(name)s and %d of Python, {name} of format, %%t of the scripts, and the marks of HTML.
PLACE = re.compile(r"%\(\w+\)[a-z]|%%\w|%[a-z]|\{\w*\}|</?\w+>")
# A form that only one number below this uses may say it in a word: "two learners".
FAR = 1000


def source(code: str) -> Path:
    return settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po"


def sentences(code: str) -> list[catalogues.Entry]:
    return catalogues.read(source(code))[1:]


def numbers_of_forms(code: str) -> dict[int, list[int]]:
    """Return for each plural form of the language the numbers that use it."""
    header = catalogues.read(source(code))[0].forms[0]
    found = re.search(r"^Plural-Forms: nplurals=(\d+); plural=(.*);$", header, re.MULTILINE)
    assert found, f"{code} does not say how its plural is made"
    rule = gettext.c2py(found[2])
    numbers: dict[int, list[int]] = {form: [] for form in range(int(found[1]))}
    for number in range(FAR):
        numbers[rule(number)].append(number)
    return numbers


def faults(entry: catalogues.Entry, numbers: dict[int, list[int]]) -> list[str]:
    """Return what is wrong with a translation."""
    if "fuzzy" in entry.flags:
        return ["is only guessed (fuzzy)"]
    if any(not text.strip() for text in entry.forms.values()):
        return ["is not translated"]
    if entry.plural is not None and set(entry.forms) != set(numbers):
        return [f"has {len(entry.forms)} of {len(numbers)} plural forms"]
    wanted = sorted(PLACE.findall(entry.plural or entry.msgid or ""))
    found = []
    for form, text in entry.forms.items():
        places = sorted(PLACE.findall(text))
        says_it_in_a_word = entry.plural is not None and len(numbers[form]) == 1 and len(places) == len(wanted) - 1
        if places != wanted and not (says_it_in_a_word and set(places) <= set(wanted)):
            found.append(f"has {places} for {wanted}")
        if (entry.msgid or "").count("\n") != text.count("\n"):
            found.append("has other lines")
    return found


def test_every_language_has_a_catalogue_and_no_catalogue_is_hidden() -> None:
    there = sorted(path.parent.parent.name for path in settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/*.po"))
    assert there == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_translated_whole(code: str) -> None:
    numbers = numbers_of_forms(code)
    wrong = [f"{entry.msgid!r} {fault}" for entry in sentences(code) for fault in faults(entry, numbers)]
    assert wrong == [], "run `make messages` and translate what is new"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (catalogues.Entry(msgid="Save", forms={0: ""}), "not translated"),
        (catalogues.Entry(msgid="Save", forms={0: "Guardar"}, flags={"fuzzy"}), "fuzzy"),
        (catalogues.Entry(msgid="%(name)s", forms={0: "%(nombre)s"}), "for ['%(name)s']"),
        (catalogues.Entry(msgid="at {home}", forms={0: "en"}), "for ['{home}']"),
        (catalogues.Entry(msgid="%(n)d one", plural="%(n)d many", forms={0: "%(n)d", 1: "unos"}), "for ['%(n)d']"),
        (catalogues.Entry(msgid="one", plural="many", forms={0: "uno"}), "1 of 2 plural forms"),
    ],
)
def test_a_faulty_translation_is_found(entry: catalogues.Entry, fault: str) -> None:
    assert any(fault in found for found in faults(entry, {0: [1], 1: [0, 2, 3]}))


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed: sentences cannot be gathered")
def test_catalogues_hold_exactly_the_sentences_of_the_program(tmp_path: Path) -> None:
    wanted = {entry.key for entry in catalogues.read(messages.extract(tmp_path))[1:]}
    assert len(wanted) > 300
    for code in CODES:
        held = {entry.key for entry in sentences(code)}
        assert held == wanted, f"{code}: run `make messages` and translate what is new"


def test_no_sentence_of_the_code_escapes_the_gathering() -> None:
    """xgettext does not look into f-strings, for one."""
    held = {entry.msgid for entry in sentences(CODES[0])}
    marks = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "mark"}
    missing = []
    for path in [*(catalogues.ROOT / "app").rglob("*.py"), *(catalogues.ROOT / "kolibri").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            text = node.args[0].value
            if name in marks and isinstance(text, str) and text not in held:
                missing.append(f"{path.relative_to(catalogues.ROOT)}:{node.lineno} {text}")
    assert missing == []


@pytest.mark.parametrize("code", CODES)
def test_catalogues_name_neither_dates_nor_lines(code: str) -> None:
    text = source(code).read_text("utf-8")
    assert "Creation-Date" not in text and "Revision-Date" not in text
    assert re.findall(r"^#: .*:\d+", text, re.MULTILINE) == []


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_says_what_is_written(code: str, tmp_path: Path) -> None:
    copy = tmp_path / code / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    shutil.copyfile(source(code), copy)
    catalogues.compile_file(copy)
    said = gettext.translation("django", tmp_path, [code])
    numbers = numbers_of_forms(code)
    for entry in sentences(code):
        if entry.plural is not None:
            for form, of_form in numbers.items():
                assert said.ngettext(entry.msgid, entry.plural, of_form[0]) == entry.forms[form]
        elif entry.context is not None:
            assert said.pgettext(entry.context, entry.msgid) == entry.forms[0]
        else:
            assert said.gettext(entry.msgid) == entry.forms[0]


def test_fuzzy_untranslated_and_obsolete_sentences_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "sw" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        '#, fuzzy\nmsgid "Guess"\nmsgstr "Kisio"\n\nmsgid "Empty"\nmsgstr ""\n\n'
        'msgctxt "page"\nmsgid "Two "\n"lines"\nmsgstr "Mistari "\n"\\"miwili\\""\n\n'
        '#~ msgid "Old"\n#~ msgstr "Zamani"\n',
        "utf-8",
    )
    assert catalogues.out_of_date(tmp_path) == [folder / "django.po"]
    catalogues.compile_file(folder / "django.po")
    assert catalogues.out_of_date(tmp_path) == []
    said = gettext.translation("django", tmp_path, ["sw"])
    assert [said.gettext(word) for word in ("Guess", "Empty", "Old")] == ["Guess", "Empty", "Old"]
    assert said.pgettext("page", "Two lines") == 'Mistari "miwili"'


def test_a_damaged_catalogue_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "django.po").write_text('msgid ""\nmsgstr ""\n\nmsgid Save\n', "utf-8")
    with pytest.raises(catalogues.Broken, match=r"django\.po:4"):
        catalogues.compile_file(tmp_path / "django.po")


# Pages


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_in_the_language_of_the_computer_and_runs_its_way(school, client: Client, code: str) -> None:
    DeviceSettings.objects.update(language=code)
    page = client.get("/sign-in/?with=username", headers={"Accept-Language": "en"})
    with translation.override(code):
        label = translation.gettext("Password")
    assert label != "Password"
    text = page.content.decode()
    assert label in text
    assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in text
    assert page["Content-Language"] == code


def test_the_sign_in_page_offers_every_language_by_its_own_name(school, client: Client) -> None:
    text = client.get("/sign-in/?with=username").content.decode()
    for code, name in settings.LANGUAGES:
        assert re.search(rf'<option value="{code}" lang="{code}"[^>]*>{name}</option>', text, re.IGNORECASE), code


def test_the_language_chosen_in_a_browser_comes_before_the_computers(school, client: Client) -> None:
    client.post("/language/", {"language": "fr", "next": "/sign-in/?with=username"})
    assert '<html lang="fr" dir="ltr">' in client.get("/sign-in/?with=username").content.decode()
    assert (
        '<html lang="en"' in Client().get("/sign-in/?with=username", headers={"Accept-Language": "fr"}).content.decode()
    )


# Before there are pages


def test_what_is_said_before_the_start_is_in_the_systems_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for system, spoken in {"ar_EG": ("ar", "rtl"), "pt_BR": ("pt", "ltr"), "de_DE": ("en", "ltr")}.items():
        monkeypatch.setattr("kolibri.server.sentences._system_locale", lambda system=system: system)
        assert sentences_of_the_server.spoken() == spoken


@pytest.mark.parametrize(
    ("system", "said"),
    [(["es_MX"], "Ayuda"), (["de", "fr_FR", "es"], "Aide"), (["en_US", "fr"], "Help"), ([], "Help")],
)
def test_the_shell_speaks_the_dearest_language(monkeypatch: pytest.MonkeyPatch, system: list[str], said: str) -> None:
    monkeypatch.setattr("app.language.here.languages", lambda: system)
    language._catalogue.cache_clear()
    assert language.gettext("Help") == said
    language._catalogue.cache_clear()


CHOOSE = """
import sys
import django
django.setup()
from django.conf import settings
from django.db import connections
from kolibri.core.device.models import DeviceSettings
from kolibri.server.home import prepare
from kolibri.server.upgrade import prepare_database
prepare(settings.KOLIBRI_HOME)
prepare_database(settings.KOLIBRI_HOME, lambda said: None)
DeviceSettings(language=sys.argv[1]).save()
connections.close_all()
"""
# The start as far as its first sentence, which is a complaint here.
START = """
from pathlib import Path
from app import language, main
from app.ending import Ending
from app.engine import Choice, Engine
from app.options import Options
from kolibri.errors import KolibriError
def cannot(home, **more):
    raise KolibriError(language.gettext("Help"))
parts = main.Parts(start=cannot, choose=lambda: Choice(Engine.NONE, ""), complain=lambda title, text: print(text))
main.run(Options(), Ending(), parts)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system's language is put into the environment")
@pytest.mark.parametrize(("chosen", "said"), [("sw", "Msaada"), ("en", "Help"), ("", "Aide")])
def test_the_shell_speaks_the_language_that_the_school_was_set_up_in(tmp_path: Path, chosen: str, said: str) -> None:
    """Also where the computer's own language is another one, as it often is."""
    environment = plain_environment() | {
        "KOLIBRI_HOME": str(tmp_path / "home"),
        "DJANGO_SETTINGS_MODULE": "tests.server.settings",
        "LANGUAGE": "fr_FR",
    }
    subprocess.run([sys.executable, "-c", CHOOSE, chosen], check=True, cwd=ROOT, env=environment)
    started = subprocess.run(
        [sys.executable, "-c", START], check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout.strip() == said
    # Looking leaves nothing beside the database.
    assert sorted(path.name for path in (tmp_path / "home").glob("db*")) == ["db.sqlite3"]


def test_without_a_school_or_with_a_damaged_one_the_shell_speaks_the_systems_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.language.here.languages", lambda: ["fr_FR"])
    monkeypatch.setattr(language, "_heard", [])
    damaged, bare = tmp_path / "damaged", tmp_path / "bare"
    for home in (damaged, bare):
        home.mkdir()
    (damaged / "db.sqlite3").write_bytes(b"no database" * 100)
    for home in (damaged, bare, tmp_path / "none"):
        language.hear(home)
        assert language.gettext("Help") == "Aide"
    # Nothing is made by looking.
    assert not list(bare.iterdir())
    language._catalogue.cache_clear()
