"""The code on paper that gives a superuser of this computer a new password.

Kept hashed. It works once: using it makes the next one. In clear it lives only in this
process's memory, from its making until its reader says that it is written down.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import hashers
from kolibri.core.auth import services as auth_services
from kolibri.core.auth import signing_in_limits as limits
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.signing_in_limits import Lane
from kolibri.core.auth.signing_in_limits import Pace
from kolibri.core.device.models import DeviceSettings
from kolibri.errors import BadInput
from kolibri.errors import Conflict

# 16 of these 32 are 80 bits; 0 and O, 1 and I are left out because they look alike.
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS: Final = 4
GROUP_SIZE: Final = 4
# Set in DeviceSettings.setup_answers until somebody has said that the code is written down.
NOT_SEEN: Final = "recovery_code_not_seen"

# By address only: nobody can guess 80 bits, and a count of all tries would let one keep all others out.
_PACE: Final = Pace(free=5, first=60.0, forgets=15 * 60.0)
_KEPT: Final = 60 * 60
_IN_CLEAR: Final = "recovery-code"


@dataclass(frozen=True)
class Recovered:
    """Who has a new password, and the code for the next time (in clear, to be shown)."""

    person: FacilityUser
    recovery_code: str


def new_code() -> str:
    """Return a code of four groups, such as `K7QM-2XRA-9FTD-W3HB`."""
    groups = ("".join(secrets.choice(ALPHABET) for _place in range(GROUP_SIZE)) for _group in range(GROUPS))
    return "-".join(groups)


def hash_code(code: str) -> str:
    """Return the form of the code that may be stored."""
    return hashers.make(_bare(code), hashers.teacher_rounds())


def lane(source: str) -> Lane:
    """Return where wrong codes from an address are counted."""
    return Lane(f"recovery:{source}", _PACE, forgiven=True)


def use_recovery_code(username: str, code: str, new_password: str, *, source: str = "") -> Recovered:
    """Give the superuser called `username` a new password and this computer a new code.

    `source` (an address) is who tries: after 5 wrong tries it waits a minute, then longer, up to
    a quarter of an hour. Raises BadInput (`code`), the same for a wrong code as for a wrong
    username, TooOften, or Conflict when another request used the code first.
    """
    ticket = limits.enter([lane(source)])
    kept = DeviceSettings.objects.filter(pk=DeviceSettings.ONLY).values_list("recovery_code", flat=True).first() or ""
    person = FacilityUser.objects.filter(username__iexact=username.strip(), device_permissions__is_superuser=True)
    found = person.order_by("date_joined").first()
    # The hash is compared for an unknown name too: the time must not tell who exists.
    is_right = hashers.find(_bare(code), [kept]) is not None
    if not (is_right and found):
        ticket.failed()
        message = _("This username and code do not belong together. Look at the paper again: the code has 16 signs.")
        raise BadInput(message, code="wrong_code", field="code")
    next_code = new_code()
    next_hash = hash_code(next_code)
    auth_services.set_password(found, new_password)
    with transaction.atomic():
        used = DeviceSettings.objects.select_for_update().filter(pk=DeviceSettings.ONLY, recovery_code=kept).first()
        if used is None:
            raise Conflict(_("This code has just been used. Use the new one."), code="used", field="code")
        found.save(update_fields=["password"])
        _store(used, next_hash)
        ticket.succeeded()
    keep_in_clear(next_code)
    return Recovered(found, next_code)


def replace_code() -> str:
    """Return a new code, which ends the old one."""
    code = new_code()
    hashed = hash_code(code)
    with transaction.atomic():
        _store(DeviceSettings.objects.select_for_update().get(pk=DeviceSettings.ONLY), hashed)
    keep_in_clear(code)
    return code


def keep_in_clear(code: str) -> None:
    """Hold a code that was just made in this process's memory, so that it can be shown."""
    cache.set(_IN_CLEAR, code, _KEPT)


def in_clear() -> str:
    """Return the code that waits to be written down; empty when there is none in this process's memory."""
    return str(cache.get(_IN_CLEAR, ""))


def is_waiting() -> bool:
    """Return whether nobody has said yet that the code is written down."""
    return bool(DeviceSettings.current().setup_answers.get(NOT_SEEN))


def written_down() -> None:
    """Forget the code in clear: it is never shown again."""
    cache.delete(_IN_CLEAR)
    with transaction.atomic():
        settings = DeviceSettings.objects.select_for_update().filter(pk=DeviceSettings.ONLY).first()
        if settings is not None and settings.setup_answers.pop(NOT_SEEN, None):
            settings.save()
            transaction.on_commit(DeviceSettings.forget)


def _store(settings: DeviceSettings, hashed: str) -> None:
    settings.recovery_code = hashed
    settings.setup_answers[NOT_SEEN] = True
    settings.save()
    transaction.on_commit(DeviceSettings.forget)


def _bare(code: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", code).upper() if c in ALPHABET)
