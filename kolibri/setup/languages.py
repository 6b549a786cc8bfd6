"""Which language the wizard begins in: the system's, else the browser's."""

from __future__ import annotations

import locale
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from kolibri.core.device import host


@dataclass(frozen=True)
class Language:
    """A language that the program speaks; `name` is in the language itself."""

    code: str
    name: str
    direction: str


def offered(first: str = "") -> list[Language]:
    """Return every language of the program by its own name, `first` before the others."""
    languages = [_language(code, str(name)) for code, name in settings.LANGUAGES]
    return sorted(languages, key=lambda language: (language.code != first, language.name.casefold()))


def preselected(request: HttpRequest) -> str:
    """Return the code of the language to begin in.

    In the program's own window the system's comes before the browser's: the engine there may
    ask for English whatever the system speaks. In a real browser it is the other way round.
    """
    browser = [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    system = [system_language()]
    for wish in [*system, *browser] if host.current().is_desktop else [*browser, *system]:
        try:
            return translation.get_supported_language_variant(wish)
        except LookupError:
            continue
    return translation.get_supported_language_variant(settings.LANGUAGE_CODE)


def system_language() -> str:
    """Return the language of this computer's locale, as "pt-br"; empty when it has none to speak of."""
    name = locale.setlocale(locale.LC_CTYPE)
    if name.partition(".")[0] in ("C", "POSIX", ""):
        return ""
    code = locale.normalize(name).partition(".")[0]
    return translation.to_language(code) if code.partition("_")[0].isalpha() else ""


def _language(code: str, fallback: str) -> Language:
    info: Any = LANG_INFO.get(code, {})
    return Language(code, info.get("name_local", fallback), "rtl" if info.get("bidi") else "ltr")
