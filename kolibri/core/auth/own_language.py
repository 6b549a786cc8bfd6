"""The language that a person has chosen, wherever they sign in.

The schema has no column for it, so it travels in a record of its own. Requests read it from the
session, where signing in puts it: a person's page costs no query more for it, and signing out goes
back to what the browser and the computer say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Final

from django.conf import settings
from django.db import models
from django.db import transaction
from django.http import HttpRequest

from kolibri.core.auth import permissions
from kolibri.core.auth.syncable import DatasetRecord

if TYPE_CHECKING:
    from kolibri.core.auth.models import FacilityUser

_KEY: Final = "language"


class PersonSettings(DatasetRecord):
    """What a person has chosen for themselves, as far as the schema has no column for it; at most one a person.

    In the partition that the person's own devices may write to, as their progress is.
    """

    morango_model_name = "personsettings"
    dataset_from = "user"
    same_dataset = ("user",)
    permissions = permissions.OwnPermissions()

    user = models.ForeignKey("kolibriauth.FacilityUser", models.CASCADE, related_name="own_settings")
    # A code of ISO 639-1, as in `settings.LANGUAGES`; a peer's may be one that is not spoken here.
    language = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        app_label = "kolibriauth"

    def __str__(self) -> str:
        return f"settings of {self.user_id}"

    def calculate_partition(self) -> str:
        return f"{self.dataset_id}:user-rw:{self.user_id}"

    def calculate_source_id(self) -> str:
        return str(self.user_id)


def choose(request: HttpRequest, person: FacilityUser, code: str) -> None:
    """Keep the language for the person, from this request's session on. One that is not spoken here changes nothing."""
    if code not in dict(settings.LANGUAGES):
        return
    with transaction.atomic():
        kept = PersonSettings.objects.select_for_update().filter(user=person).first() or PersonSettings(user=person)
        if kept.language != code:
            kept.language = code
            kept.save()
    request.session[_KEY] = code


def put_into_session(request: HttpRequest, person: FacilityUser) -> None:
    """Make the session speak the person's language, or none of its own; one query."""
    found = PersonSettings.objects.filter(user_id=person.pk).values_list("language", flat=True).first()
    if found:
        request.session[_KEY] = found
    else:
        request.session.pop(_KEY, None)


def of_session(request: HttpRequest) -> str:
    """Return the language of whoever is signed in; empty for none. Reads no session where the browser brings none."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    return str(request.session.get(_KEY, ""))
