"""How passwords are kept: PBKDF2 with SHA-256, as every Kolibri reads it; more rounds for who has rights.

A refusal always costs what the dearest check costs, whoever was named: the work done must not
tell who exists, who has a password or who teaches. docs/passwords.md has the figures.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.hashers import must_update_salt
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from kolibri.core.auth.models import RoleHolder

# What arrives from elsewhere and asks for more is not worked on: it would hold a thread for seconds.
MOST_ROUNDS: Final = 10_000_000
# A longer text is nobody's password, and is refused at the usual cost.
LONGEST: Final = 1024


def learner_rounds() -> int:
    """Return the rounds for somebody without rights."""
    return int(settings.KOLIBRI_PASSWORD_ROUNDS["learner"])


def teacher_rounds() -> int:
    """Return the rounds for coaches, admins and superusers."""
    return int(settings.KOLIBRI_PASSWORD_ROUNDS["teacher"])


def forms(password: str) -> list[str]:
    """Return what is tried for a typed password: its composed form (NFC), and as it is where that differs.

    Keyboards write one letter in several ways. The composed form is what is kept here; a peer
    may have kept another, as it was typed there.
    """
    composed = unicodedata.normalize("NFC", password)
    return [composed] if composed == password else [composed, password]


class Hashed(str):
    """A password in the form in which it may be kept."""


class SchoolHasher(PBKDF2PasswordHasher):
    """`pbkdf2_sha256` on the composed form of a password, with a learner's rounds unless told otherwise."""

    @property
    def iterations(self) -> int:  # type: ignore[override]
        return learner_rounds()

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        return str(super().encode(forms(password)[0], salt, iterations))

    def verify(self, password: str, encoded: str) -> bool:
        return any(self.matches(form, encoded) for form in forms(password))

    def matches(self, form: str, encoded: str) -> bool:
        """Return whether `encoded` was made of exactly this text."""
        _algorithm, rounds, salt, _digest = encoded.split("$", 3)
        return constant_time_compare(encoded, super().encode(form, salt, int(rounds)))

    def must_update(self, encoded: str) -> bool:
        return is_weaker(encoded, self.iterations)


_hasher = SchoolHasher()


def rounds_of(encoded: str) -> int:
    """Return the rounds of a kept password; 0 for what can be nobody's: none at all, another kind, damaged."""
    algorithm, *parts = encoded.split("$")
    if algorithm != SchoolHasher.algorithm or len(parts) != 3 or not all(parts):
        return 0
    count = parts[0]
    return int(count) if count.isascii() and count.isdecimal() and len(count) < 10 and count[0] != "0" else 0


def is_weaker(encoded: str, rounds: int) -> bool:
    """Return whether `encoded` should be made anew with `rounds`. More rounds are never taken away."""
    return rounds_of(encoded) < rounds or must_update_salt(encoded.split("$")[2], _hasher.salt_entropy)


def make(password: str, rounds: int | None = None) -> Hashed:
    """Return the form of `password` that may be kept; `rounds` are a learner's unless given."""
    return Hashed(_hasher.encode(password, _hasher.salt(), rounds or learner_rounds()))


def find(password: str, kept: Sequence[str]) -> int | None:
    """Return the place of the first of `kept` that `password` belongs to; None for none of them.

    None always costs a teacher's rounds for each form of the password, however many of `kept`
    there are to check: none, or one, or several learners of one name. Only several of one name
    among whom are teachers cost more.
    """
    tried = forms(password) if len(password) <= LONGEST else [""]
    spent = 0
    for place, encoded in enumerate(kept):
        rounds = rounds_of(encoded)
        if not 0 < rounds <= MOST_ROUNDS or not tried[0]:
            continue
        for form in tried:
            if _hasher.matches(form, encoded):
                return place
            spent += rounds
    owed = teacher_rounds() * len(tried) - spent
    if owed > 0:
        _hasher.encode("", _hasher.salt(), owed)
    return None


def rounds_for(person: RoleHolder) -> int:
    """Return the rounds that this person's password is kept with."""
    return teacher_rounds() if person.roles_held or person.is_superuser else learner_rounds()
