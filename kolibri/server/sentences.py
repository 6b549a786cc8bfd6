"""Sentences that must be said before Django can translate, or when it never could start.

sentence(_("The folder %(folder)s cannot be written."), folder=home)     # _ is mark
"""

import contextlib
import gettext as plain_gettext
import locale
import sqlite3
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf.locale import LANG_INFO
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.trans_real import parse_accept_lang_header

_LOCALE: Final = Path(__file__).resolve().parent.parent / "locale"


def mark(message: str) -> str:
    """Mark a message for the translators. Django's own `gettext_noop` would load the settings, too early here."""
    return message


def sentence(message: str, **values: object) -> str:
    """Return the message in the system's language as far as that can be had now, `values` put in."""
    if apps.ready:
        with translation.override(system_language()):
            text = gettext(message)
    else:
        text = plain_gettext.translation("django", _LOCALE, [_system_locale()], fallback=True).gettext(message)
    return text % values if values else text


def sentence_for(accepted: str, message: str) -> str:
    """Return the message in the language that a client asks for (Accept-Language), else the system's."""
    for wish, _weight in parse_accept_lang_header(accepted.lower()):
        code = wish.partition("-")[0]
        if code == "en":
            return message
        if plain_gettext.find("django", str(_LOCALE), [code]):
            return plain_gettext.translation("django", _LOCALE, [code]).gettext(message)
    return sentence(message)


def spoken() -> tuple[str, str]:
    """Return the language that sentences are in now and its direction, for a page: ("ar", "rtl")."""
    catalogue = plain_gettext.find("django", str(_LOCALE), [_system_locale()])
    code = Path(catalogue).parent.parent.name if catalogue else "en"
    return code, "rtl" if LANG_INFO.get(code, {}).get("bidi") else "ltr"


def system_language() -> str | None:
    """Return the system's language if the program speaks it; None: the program's own. Needs the settings."""
    try:
        return translation.get_supported_language_variant(_system_locale().lower().replace("_", "-"))
    except LookupError:
        return None


def school_language(home: Path) -> str:
    """Return the code of the language that the wizard was gone through in here; "" before that, or when unreadable.

    Read from the database's file: the shell has a menu to name before Django is there. As one that nobody changes,
    since a look at any other leaves a log of its own beside it; after a power cut it may be an older one.
    """
    address = (home / "db.sqlite3").absolute().as_uri()
    try:
        with contextlib.closing(sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)) as plain:
            found = plain.execute("SELECT language FROM device_devicesettings").fetchone()
    except (sqlite3.Error, OSError):
        return ""
    return str(found[0]) if found else ""


def _system_locale() -> str:
    return locale.getlocale()[0] or "en"
