"""Three pictures instead of a password, for learners who cannot write one yet.

The twelve pictures, their numbers and a code's form ("3.7.12": three different numbers, in order)
are those of Kolibri 0.19.5, so that a learner's pictures are the same on both. A code is kept as
it stands, for cards to show it; no two people of a school have the same. There are 1,320: alone
they would let a guesser in as somebody soon, so here a learner first says who they are.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.names_door import learners_of
from kolibri.errors import BadInput

LENGTH: Final = 3
# What the schema's column holds when a school signs in by pictures; peers draw theirs by it.
SETTINGS: Final = {"icon_style": "colorful", "show_icon_text": True}

_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Picture:
    """One of the twelve: its number in codes, its drawing's name in `ui/pictures.svg`, and its word."""

    number: int
    drawing: str
    word: str | Promise


PICTURES: Final = tuple(
    Picture(number, drawing, word)
    for number, (drawing, word) in enumerate(
        (
            ("bee", gettext_lazy("bee")),
            ("star", gettext_lazy("star")),
            ("moon", gettext_lazy("moon")),
            ("tree", gettext_lazy("tree")),
            ("leaf", gettext_lazy("leaf")),
            ("mouse", gettext_lazy("mouse")),
            ("water", gettext_lazy("water")),
            ("fish", gettext_lazy("fish")),
            ("dog", gettext_lazy("dog")),
            ("smile", gettext_lazy("smile")),
            ("flower", gettext_lazy("flower")),
            ("bird", gettext_lazy("bird")),
        ),
        start=1,
    )
)
_BY_NUMBER: Final = {str(picture.number): picture for picture in PICTURES}
_CODES: Final = tuple(".".join(numbers) for numbers in itertools.permutations(_BY_NUMBER, LENGTH))


def read(code: str | None) -> list[Picture]:
    """Return the pictures of a code in order; none where it is empty or not in the form that we know."""
    numbers = (code or "").split(".")
    known = [_BY_NUMBER[number] for number in numbers if number in _BY_NUMBER]
    return known if len(known) == len(numbers) else []


def is_right(person: FacilityUser, code: str) -> bool:
    """Return whether the code is the person's; takes as long for a wrong one."""
    return bool(person.picture_password) and secrets.compare_digest(str(person.picture_password), code)


def without(school: Facility, people: Sequence[Any] = ()) -> models.QuerySet[FacilityUser]:
    """Return the learners of the school, or those of them with the ids `people`, who have no pictures yet."""
    found = learners_of(school).filter(models.Q(picture_password__isnull=True) | models.Q(picture_password=""))
    return found.filter(pk__in=people) if people else found


def deal(dataset: FacilityDataset, people: Iterable[FacilityUser]) -> None:
    """Put pictures on new people who are about to be saved, where the school signs in by them.

    Where no code is left the last ones get none. Call it with the school held.
    """
    if not dataset.picture_password_settings:
        return
    for person, code in zip(people, _free(dataset.pk), strict=False):
        person.picture_password = code


def give(school: Facility, people: Sequence[Any] = ()) -> int:
    """Give pictures to the learners who have none (`without`), and return to how many.

    Raises BadInput (`way`) when the school has more learners than there are codes; nobody gets any then.
    `services.give_pictures` holds the school meanwhile.
    """
    wanted = list(without(school, people).order_by("full_name", "username", "pk").values_list("pk", flat=True))
    codes = _free(school.dataset_id)
    if len(codes) < len(wanted):
        # Who was removed has no use for theirs; who comes back gets others.
        gone = FacilityUser.all_objects.filter(dataset_id=school.dataset_id, date_deleted__isnull=False)
        gone.exclude(picture_password=None).update(picture_password=None)
        codes = _free(school.dataset_id)
    if len(codes) < len(wanted):
        raise BadInput(
            _("There are pictures for %(most)d learners only, and this school has more.") % {"most": len(_CODES)},
            code="no_pictures_left",
            field="way",
        )
    pairs = list(zip(wanted, codes, strict=False))
    for start in range(0, len(pairs), _AT_ONCE):
        chunk = pairs[start : start + _AT_ONCE]
        cases = [models.When(pk=pk, then=models.Value(code)) for pk, code in chunk]
        kept = FacilityUser.objects.filter(pk__in=[pk for pk, _code in chunk])
        kept.update(picture_password=models.Case(*cases, output_field=models.CharField()))
    return len(wanted)


def another(dataset: FacilityDataset) -> str | None:
    """Return a code that nobody of the school has; None where all are taken."""
    return next(iter(_free(dataset.pk)), None)


def _free(dataset_id: str) -> list[str]:
    """Return the codes that nobody of the school has, by chance; one query."""
    taken = set(
        FacilityUser.all_objects.filter(dataset_id=dataset_id)
        .exclude(picture_password=None)
        .order_by()
        .values_list("picture_password", flat=True)
    )
    free = [code for code in _CODES if code not in taken]
    secrets.SystemRandom().shuffle(free)
    return free
