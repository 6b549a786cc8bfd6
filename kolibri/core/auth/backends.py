"""Signing in, and finding the person of a session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser


class FacilityUserBackend(BaseBackend):
    """A person of a school, by username and password; a learner by username alone where the school allows it."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str = "",
        password: str = "",
        facility: Facility | str | None = None,
        **kwargs: Any,
    ) -> FacilityUser | None:
        """Return the person, or None. Takes as long for an unknown username as for a wrong password.

        `facility` is a school or its id; without it every school of this computer is looked
        through. Usernames are compared without regard to case.
        """
        found = FacilityUser.objects.select_related("dataset").filter(username__iexact=username.strip())
        if facility:
            found = found.filter(facility_id=getattr(facility, "pk", facility))
        matched: FacilityUser | None = None
        checked = False
        for person in found.order_by("date_joined")[:5] if username.strip() else ():
            if person.has_own_password and password:
                checked = True
                if person.check_password(password):
                    matched = matched or person
            elif not password and not matched and self.may_enter_without_password(person):
                checked = True
                matched = person
        if not checked:
            make_password(password or username)
        return matched

    def may_enter_without_password(self, person: FacilityUser) -> bool:
        """Return whether the school lets this person in by name alone: a learner, never anyone with rights."""
        return bool(
            person.dataset.learner_can_login_with_no_password and not person.roles_held and not person.is_superuser
        )

    def get_user(self, user_id: str) -> FacilityUser | None:
        return FacilityUser.objects.select_related("device_permissions", "dataset").filter(pk=user_id).first()
