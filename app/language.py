"""The shell's sentences in the school's or the system's language, also before Django is there to translate."""

import gettext as catalogues
from functools import cache
from itertools import takewhile
from pathlib import Path

from django.core.exceptions import AppRegistryNotReady
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation

import kolibri
from app.platforms import here
from kolibri.errors import KolibriError
from kolibri.server.sentences import school_language

# The school's language, once its home has been looked at.
_heard: list[str] = []


def hear(home: Path) -> None:
    """Put the language that the school in `home` was set up in before the system's: a teacher chose it."""
    _heard[:] = filter(None, [school_language(home).replace("-", "_")])
    _catalogue.cache_clear()


@cache
def _catalogue() -> catalogues.NullTranslations:
    folder = Path(kolibri.__file__).parent / "locale"
    # English has no catalogue: what stands behind it in the list must not win.
    before_english = takewhile(lambda code: not code.startswith("en"), [*_heard, *here.languages()])
    return catalogues.translation("django", folder, languages=list(before_english), fallback=True)


def gettext(sentence: str) -> str:
    """Return the sentence in the school's language, else in the system's, or as it is."""
    return _catalogue().gettext(sentence)


def sentence(error: KolibriError) -> str:
    """Return an error's sentence; in English when the server got too little far to translate."""
    try:
        return str(error)
    except (AppRegistryNotReady, ImproperlyConfigured):
        pass
    # Django's own way out of translating needs settings; ours only needs the words as written.
    try:
        with translation.override(None):
            return str(error)
    except ImproperlyConfigured:
        return gettext("Kolibri Desktop could not start.")
