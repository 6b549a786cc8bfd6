"""What a school lets its learners do, as one thing that an admin reads and writes."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass

from django.db import transaction

from kolibri.core.auth import names_door
from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset


@dataclass(frozen=True)
class Settings:
    """What learners may do. Who signs in without a password has none to change: the schema refuses both at once."""

    without_password: bool
    shows_names: bool
    may_sign_up: bool
    may_edit_name: bool
    may_edit_username: bool
    may_edit_password: bool

    def as_json(self) -> dict[str, bool]:
        """Return the settings as a session keeps them."""
        return asdict(self)


def read(school: Facility) -> Settings:
    """Return the settings of the school; one query at most."""
    dataset = school.dataset
    # Kept also while learners need passwords, for the day when they do not.
    kept = names_door.DoorSettings.objects.filter(dataset_id=dataset.pk).values_list("shows_names", flat=True).first()
    return Settings(
        without_password=dataset.learner_can_login_with_no_password,
        shows_names=kept is not False,
        may_sign_up=dataset.learner_can_sign_up,
        may_edit_name=dataset.learner_can_edit_name,
        may_edit_username=dataset.learner_can_edit_username,
        may_edit_password=dataset.learner_can_edit_password,
    )


@transaction.atomic
def write(school: Facility, settings: Settings) -> None:
    """Give the school these settings."""
    services.hold(school)
    dataset = FacilityDataset.objects.get(pk=school.dataset_id)
    dataset.learner_can_login_with_no_password = settings.without_password
    dataset.learner_can_edit_password = settings.may_edit_password and not settings.without_password
    dataset.learner_can_sign_up = settings.may_sign_up
    dataset.learner_can_edit_name = settings.may_edit_name
    dataset.learner_can_edit_username = settings.may_edit_username
    dataset.save()
    school.dataset = dataset
    names_door.set_shows_names(school, settings.shows_names)
