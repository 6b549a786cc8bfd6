"""What makes a bare computer a school's: its first people and class, written as one piece or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth import hashers
from kolibri.core.auth import services as auth_services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Role
from kolibri.core.device import recovery
from kolibri.core.device.models import DevicePermissions
from kolibri.core.device.models import DeviceSettings
from kolibri.core.device.recovery import use_recovery_code
from kolibri.errors import Conflict

LONGEST_DEVICE_NAME = 50


@dataclass(frozen=True)
class Provisioned:
    """The school that a provisioning made or, when `is_new` is false, found made already.

    `recovery_code` is in clear, to be shown to the admin and then forgotten; empty when not new.
    """

    facility: Facility
    admin: FacilityUser | None
    classroom: Classroom | None
    recovery_code: str
    is_new: bool = True


def hash_password(password: str) -> str:
    """Return what `provision` takes as `password_hash`: the first admin's, with a teacher's rounds."""
    return hashers.make(password, hashers.teacher_rounds())


def provision(
    *,
    language: str,
    device_name: str,
    school_name: str,
    full_name: str,
    username: str,
    classroom_name: str,
    learners: Sequence[tuple[str, str]] = (),
    password: str = "",
    password_hash: str = "",
) -> Provisioned:
    """Make this computer a school's: the school, its first admin, a class and its learners.

    `learners` are (full name, username); an empty username is proposed. Give the password in
    clear, or hashed by `hash_password`. All is written in one transaction. On a computer that
    is provisioned already nothing is written, and what is there is returned. Raises BadInput
    or BadInputs (`username`, `learners.<index>.username`, ...).
    """
    if not (password or password_hash):
        raise ValueError("the first admin needs a password")
    # Before the transaction: hashing takes long on an old machine, and every other writer would wait.
    password_hash = password_hash or hash_password(password)
    code = recovery.new_code()
    code_hash = recovery.hash_code(code)
    with transaction.atomic():
        settings = locked_settings()
        if settings.is_provisioned:
            return _as_it_is(settings)
        facility = auth_services.create_facility(school_name)
        admin = auth_services.create_person(facility, username=username, full_name=full_name)
        admin.password = password_hash
        admin.save(update_fields=["password"])
        auth_services.give_role(admin, facility, role_kinds.ADMIN)
        DevicePermissions.objects.create(user=admin, is_superuser=True, can_manage_content=True)
        admin.__dict__.pop("is_superuser", None)
        classroom = auth_services.create_classroom(facility, classroom_name)
        auth_services.add_learners(classroom, learners)
        settings.name = device_name[:LONGEST_DEVICE_NAME]
        settings.language = language
        settings.default_facility = facility
        settings.is_provisioned = True
        settings.setup_answers = {recovery.NOT_SEEN: True}
        settings.recovery_code = code_hash
        _save(settings)
    recovery.keep_in_clear(code)
    return Provisioned(facility, admin, classroom, code)


def adopt(facility: Facility, admin: FacilityUser, *, language: str, device_name: str) -> bool:
    """Make this computer that of a school which is here already, and `admin` who runs it.

    Returns False, and writes nothing, on a computer that is provisioned.
    """
    code = recovery.new_code()
    code_hash = recovery.hash_code(code)
    with transaction.atomic():
        settings = locked_settings()
        if settings.is_provisioned:
            return False
        DevicePermissions.objects.update_or_create(
            user=admin, defaults={"is_superuser": True, "can_manage_content": True}
        )
        admin.__dict__.pop("is_superuser", None)
        settings.name = device_name[:LONGEST_DEVICE_NAME]
        settings.language = language
        settings.default_facility = facility
        settings.is_provisioned = True
        settings.setup_answers = {recovery.NOT_SEEN: True}
        settings.recovery_code = code_hash
        _save(settings)
    recovery.keep_in_clear(code)
    return True


def is_provisioned() -> bool:
    """Return whether this computer belongs to a school already. Asks the database until it does."""
    if DeviceSettings.current().is_provisioned:
        return True
    # The kept copy may be older than a provisioning that another thread has just ended.
    if not DeviceSettings.objects.filter(pk=DeviceSettings.ONLY, is_provisioned=True).exists():
        return False
    DeviceSettings.forget()
    return True


def locked_settings() -> DeviceSettings:
    """Return the settings row, made when it is missing, for this transaction alone to change."""
    DeviceSettings.objects.get_or_create(pk=DeviceSettings.ONLY)
    return DeviceSettings.objects.select_for_update().get(pk=DeviceSettings.ONLY)


@transaction.atomic
def speak(language: str) -> None:
    """Give this computer another language: the one of the sign-in page, and of whoever has chosen none."""
    settings = locked_settings()
    settings.language = language
    _save(settings)


@transaction.atomic
def open_library(is_open: bool) -> None:
    """Say whether learners may look through all content of this computer, not only through their lessons."""
    settings = locked_settings()
    settings.learners_may_browse = is_open
    _save(settings)


@transaction.atomic
def share_at_start(is_wanted: bool) -> None:
    """Say whether the class is let in again as soon as the program starts."""
    settings = locked_settings()
    settings.shares_at_start = is_wanted
    _save(settings)


def remember_answers(page: str, answers: dict[str, Any], *, language: str = "") -> bool:
    """Keep what the wizard's `page` was told, beside the other pages' answers.

    `answers` go over those of the page that are kept; None takes one away. Returns False,
    and keeps nothing, on a computer that is provisioned.
    """
    with transaction.atomic():
        settings = locked_settings()
        if settings.is_provisioned:
            return False
        kept = {**settings.setup_answers.get(page, {}), **answers}
        settings.setup_answers[page] = {name: value for name, value in kept.items() if value is not None}
        settings.language = language or settings.language
        _save(settings)
    return True


def answers() -> dict[str, dict[str, Any]]:
    """Return what the wizard was told so far, by page; empty for a provisioned computer."""
    settings = DeviceSettings.objects.filter(pk=DeviceSettings.ONLY, is_provisioned=False).first()
    return settings.setup_answers if settings else {}


def _save(settings: DeviceSettings) -> None:
    settings.save()
    # A reader may have kept the old row again between `save` and the commit.
    transaction.on_commit(DeviceSettings.forget)


def _as_it_is(settings: DeviceSettings) -> Provisioned:
    facility = settings.default_facility or Facility.objects.order_by("pk").first()
    if facility is None:
        raise Conflict(_("This computer is set up, but its school is gone. Restore a backup."), code="no_school")
    admins: Iterable[str] = Role.objects.filter(kind=role_kinds.ADMIN, collection_id=facility.pk).values("user_id")
    admin = FacilityUser.objects.filter(pk__in=admins, device_permissions__is_superuser=True).first()
    classroom = Classroom.objects.filter(parent_id=facility.pk).first()
    return Provisioned(facility, admin, classroom, "", is_new=False)


__all__ = [
    "LONGEST_DEVICE_NAME",
    "Provisioned",
    "adopt",
    "answers",
    "hash_password",
    "is_provisioned",
    "locked_settings",
    "provision",
    "remember_answers",
    "speak",
    "use_recovery_code",
]
