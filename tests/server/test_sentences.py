"""Sentences before Django can translate."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from kolibri.server import sentences
from kolibri.server.sentences import sentence
from tests.server.conftest import ROOT


def test_values_are_put_in() -> None:
    assert sentence("%(a)s and %(b)s, 100%%", a=1, b="x") == "1 and x, 100%"
    assert sentence("100%") == "100%"


def test_without_settings_there_is_still_english() -> None:
    code = "from kolibri.server.sentences import sentence; print(sentence('Try %(what)s.', what='again'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "Try again.\n"


@pytest.mark.parametrize(
    ("found", "language"), [("fr_FR", "fr"), ("xx_YY", None), (None, "en"), ("French_France", None)]
)
def test_the_systems_language_counts_if_it_is_spoken(
    monkeypatch: pytest.MonkeyPatch, found: str | None, language: str | None
) -> None:
    monkeypatch.setattr("locale.getlocale", lambda: (found, "UTF-8"))
    with override_settings(LANGUAGES=[("en", "English"), ("fr", "Français")]):
        assert sentences.system_language() == language


def test_a_catalogue_is_used_without_django(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Try again"\nmsgstr "Réessayer"\n'
    )
    subprocess.run(["msgfmt", "-o", folder / "django.mo", folder / "django.po"], check=True)
    monkeypatch.setattr(sentences, "_LOCALE", tmp_path)
    monkeypatch.setattr("locale.getlocale", lambda: ("fr_FR", "UTF-8"))
    monkeypatch.setattr("django.apps.apps.ready", False)
    assert sentence("Try again") == "Réessayer"
