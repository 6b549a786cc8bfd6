import locale

import pytest

from kolibri.setup import languages


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("fr_FR.UTF-8", "fr-fr"),
        ("pt_BR.UTF-8", "pt-br"),
        ("ar_EG", "ar-eg"),
        ("French_France.1252", "fr-fr"),
        ("C", ""),
        ("C.UTF-8", ""),
        ("POSIX", ""),
    ],
)
def test_system_language(monkeypatch, name, code):
    monkeypatch.setattr(locale, "setlocale", lambda category: name)
    assert languages.system_language() == code
