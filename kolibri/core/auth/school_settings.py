"""What a school lets its learners do, as one thing that an admin reads and writes."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kolibri.core.auth import names_door
from kolibri.core.auth import pictures
from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.ways import Way


@dataclass(frozen=True)
class Settings:
    """What learners may do. Only who signs in with a password has one to change, as the schema asks."""

    way: Way
    shows_names: bool
    may_sign_up: bool
    may_edit_name: bool
    may_edit_username: bool
    may_edit_password: bool

    def as_json(self) -> dict[str, Any]:
        """Return the settings as a session keeps them, for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Settings:
        """Return what `as_json` gave."""
        return cls(**{**kept, "way": Way(kept["way"])})


def read(school: Facility) -> Settings:
    """Return the settings of the school; one query at most."""
    dataset = school.dataset
    # Kept also while learners need passwords, for the day when they do not.
    kept = names_door.DoorSettings.objects.filter(dataset_id=dataset.pk).values_list("shows_names", flat=True).first()
    return Settings(
        way=dataset.way_in,
        shows_names=kept is not False,
        may_sign_up=dataset.learner_can_sign_up,
        may_edit_name=dataset.learner_can_edit_name,
        may_edit_username=dataset.learner_can_edit_username,
        may_edit_password=dataset.learner_can_edit_password,
    )


@transaction.atomic
def write(school: Facility, settings: Settings) -> None:
    """Give the school these settings. Raises BadInput (`way`) when there are not pictures enough for its learners."""
    services.hold(school)
    dataset = FacilityDataset.objects.get(pk=school.dataset_id)
    dataset.learner_can_login_with_no_password = settings.way is Way.NAME
    # Codes are kept also while they open nothing: who comes back to pictures finds the same on the cards.
    by_pictures = settings.way is Way.PICTURES
    style = dataset.picture_password_settings or pictures.SETTINGS
    dataset.picture_password_settings = style if by_pictures else None
    dataset.learner_can_edit_password = settings.may_edit_password and settings.way is Way.PASSWORD
    dataset.learner_can_sign_up = settings.may_sign_up
    dataset.learner_can_edit_name = settings.may_edit_name
    dataset.learner_can_edit_username = settings.may_edit_username
    dataset.save()
    school.dataset = dataset
    if by_pictures:
        pictures.give(school)
    names_door.set_shows_names(school, settings.shows_names)
