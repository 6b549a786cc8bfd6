"""How easily a password would be guessed, told in a sentence; works offline and knows no dictionary.

The first admin's password opens the whole school to whoever sits in the same class network, so
the few passwords that anybody would try first are refused; a merely weak one is only remarked on.
"""

from __future__ import annotations

import enum
import math
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.core.auth.usernames import fold

SHORTEST = 8
LONGEST = 128

# What people choose most, and what this program's name suggests. Compared folded and without spaces.
_COMMON_LIST = """
    password passwort passw0rd motdepasse contrasena contraseña senha123 parola123 admin123 administrator
    letmein1 welcome1 welcome123 iloveyou sunshine princess football baseball superman starwars trustno1
    whatever computer internet michelle jennifer charlie1 changeme secret123 teacher1 teacher123 student1
    school123 schoolschool learner1 learning kolibri1 kolibri123 kolibri-desktop kolibridesktop default1
    qwertyuiop qwerty123 qwertz123 azertyuiop azerty123 1q2w3e4r 1qaz2wsx zaq12wsx asdfghjk asdfghjkl
    abcd1234 abc12345 abc123456 a1b2c3d4 12341234 11223344 12344321 87654321 password1 password12 password123
"""
_COMMON = frozenset(_COMMON_LIST.split())
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm")
_RUNS = frozenset(
    pair for row in _ROWS for line in (row, row[::-1]) for pair in (line[i : i + 2] for i in range(len(line) - 1))
)
_WEAK_BELOW = 36.0
_STRONG_FROM = 56.0


class Strength(enum.Enum):
    """How good a password is, worst first. The first two are refused."""

    SHORT = "short"
    GUESSABLE = "guessable"
    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"

    @property
    def is_enough(self) -> bool:
        """Whether the first admin may have such a password."""
        return self not in (Strength.SHORT, Strength.GUESSABLE)


def strength(password: str, about: Iterable[str] = ()) -> Strength:
    """Return how hard `password` is to guess for somebody who knows the texts in `about`."""
    if len(password) < SHORTEST:
        return Strength.SHORT
    folded = "".join(fold(password).split())
    if folded in _COMMON or len(set(folded)) < 3 or _is_known(folded, about):
        return Strength.GUESSABLE
    steps = _surprises(folded)
    if steps < 3:
        return Strength.GUESSABLE
    bits = steps * math.log2(_choices(password))
    if bits < _WEAK_BELOW:
        return Strength.WEAK
    return Strength.STRONG if bits >= _STRONG_FROM else Strength.FAIR


def sentence(password: str, about: Iterable[str] = ()) -> str:
    """Return what to tell the person about the password so far; empty for an empty one."""
    if not password:
        return ""
    found = strength(password, about)
    if found is Strength.SHORT:
        left = SHORTEST - len(password)
        return ngettext("%(count)d more character is needed.", "%(count)d more characters are needed.", left) % {
            "count": left
        }
    return {
        Strength.GUESSABLE: _("Too easy: anybody would try this one first. Choose another."),
        Strength.WEAK: _("Weak: another word would make it harder to guess."),
        Strength.FAIR: _("Fair: good enough, and longer is better."),
        Strength.STRONG: _("Strong: hard to guess."),
    }[found]


def _is_known(folded: str, about: Iterable[str]) -> bool:
    """Whether the password is one of the known texts, or a word of one, with digits and little else around it."""
    core = folded.strip("0123456789!?.,-_+*#@$%&")
    for text in about:
        for word in [*fold(text).split(), "".join(fold(text).split())]:
            if len(word) >= 4 and word in core and len(core) - len(word) <= 2:
                return True
    return False


def _surprises(folded: str) -> int:
    """Count the characters that do not merely repeat the last one, follow it on a row, or begin a repetition."""
    for size in range(1, len(folded) // 2 + 1):
        if folded == (folded[:size] * (len(folded) // size + 1))[: len(folded)]:
            folded = folded[: size + 1]
            break
    pairs = zip(folded, folded[1:], strict=False)
    return 1 + sum(last != character and last + character not in _RUNS for last, character in pairs)


def _choices(password: str) -> int:
    """Return among how many characters each one was about chosen."""
    choices = 0
    kinds = {unicodedata.category(character)[0] for character in password}
    letters = [character for character in password if character.isalpha()]
    if any(character.islower() for character in letters):
        choices += 26
    if any(character.isupper() for character in letters):
        choices += 26
    if any(not character.islower() and not character.isupper() for character in letters):
        choices += 40  # a script without cases has more letters, or syllables
    if "N" in kinds:
        choices += 10
    if kinds & set("PS"):
        choices += 20
    return max(choices, 10)
