"""What can go wrong, as one family: raised near the cause, turned into HTTP in one place.

Every message is a translatable sentence that a person may read and that says what to do next.
`kolibri.core.api.exception_handler` turns these into the API's one error shape, the screens
into a sentence beside the field.
"""

import math
from collections.abc import Iterable
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# Below this address every error is JSON of one shape (docs/api-errors.md), whoever sends it.
API: Final = "/api/"


def shape(code: str, message: str, field: str = "") -> dict[str, list[dict[str, str]]]:
    """Return what one error looks like on the wire."""
    return {"errors": [{"code": code, "field": field, "message": message}]}


class KolibriError(Exception):
    """Root of all expected failures. `code` is stable and short; `field` names the input at fault, or is empty."""

    status = 400
    code = "invalid"

    def __init__(self, message: str | Promise, *, code: str = "", field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code:
            self.code = code

    def __str__(self) -> str:
        return str(self.message)


class BadInput(KolibriError):
    """What was sent cannot be accepted as it is (400)."""


class BadInputs(KolibriError):
    """Several things at once are wrong with what was sent (400); `errors` holds each."""

    def __init__(self, errors: Iterable[KolibriError]) -> None:
        self.errors = list(errors)
        super().__init__(self.errors[0].message, code=self.errors[0].code, field=self.errors[0].field)


class Refused(KolibriError):
    """The person may not do this (403)."""

    status = 403
    code = "refused"


class Forged(Refused):
    """A write came without the token of the person's session (403)."""

    code = "csrf_failed"

    def __init__(self) -> None:
        super().__init__(_("This page had been open for too long. Load it again, then repeat what you did."))


class NotHere(KolibriError):
    """The thing does not exist, or the person may not know of it (404)."""

    status = 404
    code = "not_found"


class Conflict(KolibriError):
    """The thing is in a state that does not allow this (409)."""

    status = 409
    code = "conflict"


class TooOften(KolibriError):
    """Something was tried wrongly too often (429); `wait` says for how many seconds to leave it."""

    status = 429
    code = "throttled"

    def __init__(self, wait: float) -> None:
        self.wait = max(1, math.ceil(wait))
        if self.wait <= 60:
            message = ngettext(
                "Too many wrong tries. Try again in %(count)d second.",
                "Too many wrong tries. Try again in %(count)d seconds.",
                self.wait,
            ) % {"count": self.wait}
        else:
            minutes = math.ceil(self.wait / 60)
            message = ngettext(
                "Too many wrong tries. Try again in %(count)d minute.",
                "Too many wrong tries. Try again in %(count)d minutes.",
                minutes,
            ) % {"count": minutes}
        super().__init__(message)
