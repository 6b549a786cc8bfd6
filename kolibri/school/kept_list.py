"""A list between its dry run and its writing: it travels in the page, sealed, and leaves nothing behind here.

It may hold passwords. So it is encrypted, for one person and some hours, with a key of this computer.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Final

from cryptography.fernet import Fernet
from cryptography.fernet import InvalidToken
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.roster.columns import Listing
from kolibri.core.auth.roster.present import Place
from kolibri.errors import BadInput

# Seconds between looking at a list and writing it.
LASTS: Final = 6 * 60 * 60
# The form that brings it back may have 5 MB.
LONGEST: Final = 4_000_000


def seal(listing: Listing, into: Place | None, by: FacilityUser) -> str:
    """Return the list as a text that only this computer can read, for this person. Raises BadInput (`file`)."""
    kept = {"listing": listing.kept(), "into": [into.id, into.name] if into else None}
    sealed = _box(by).encrypt(zlib.compress(json.dumps(kept).encode()))
    if len(sealed) > LONGEST:
        raise BadInput(_("This list is too long. Split it into several."), code="too_large", field="file")
    return sealed.decode()


def unseal(text: str, by: FacilityUser, lasts: int | None = LASTS) -> tuple[Listing, Place | None]:
    """Return what `seal` made a text of. Raises BadInput (`file`) for any other text, and for one that is too old.

    `lasts` are the seconds that it may be old, None for any age.
    """
    try:
        kept = json.loads(zlib.decompress(_box(by).decrypt(text.encode(errors="replace"), ttl=lasts)))
    except InvalidToken as error:
        message = _("It was too long ago that you looked at this list. Choose it again.")
        raise BadInput(message, code="stale", field="file") from error
    return Listing.from_kept(kept["listing"]), Place(*kept["into"]) if kept["into"] else None


def _box(by: FacilityUser) -> Fernet:
    key = salted_hmac("kolibri.school.kept_list", f"{by.facility_id}:{by.pk}", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
