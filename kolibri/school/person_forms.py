"""What the forms about one person may send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from rest_framework import serializers

from kolibri.core.auth import by_name
from kolibri.core.auth import hashers
from kolibri.core.auth import people
from kolibri.core.auth import services
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.people import Rights
from kolibri.core.auth.roster import kept
from kolibri.core.auth.roster import values
from kolibri.core.auth.roster.plan import What
from kolibri.core.auth.serializers import FacilityUserSerializer
from kolibri.core.device import passwords
from kolibri.core.ids import hex_or_none

COLUMNS: Final = ("full_name", "username", "id_number", "birth_year", "gender")
_MOST_CLASSES: Final = 1_000


def genders() -> list[tuple[str, str]]:
    """Return the genders that can be chosen, as peers keep them, each with its word; the empty one for not known."""
    return [
        ("", _("Not known")),
        ("FEMALE", pgettext("gender", "Female")),
        ("MALE", pgettext("gender", "Male")),
        ("NOT_SPECIFIED", pgettext("gender", "Not specified")),
    ]


def shown(person: FacilityUser) -> dict[str, str]:
    """Return what the form shows of the person: a peer's words for a year or gender that was not asked stay unseen."""
    typed: dict[str, str] = {name: getattr(person, name) for name in COLUMNS}
    typed["birth_year"] = typed["birth_year"] if typed["birth_year"].isdecimal() else ""
    typed["gender"] = typed["gender"] if typed["gender"] in dict(genders()) else ""
    return typed


def classes_of(facility_id: str, data: QueryDict) -> list[Classroom]:
    """Return the school's classes whose ids a form sent as `classes`; others are as if they had not been sent."""
    ids = [one for text in data.getlist("classes")[:_MOST_CLASSES] if (one := hex_or_none(text))]
    return by_name.places(Classroom.objects.filter(parent_id=facility_id, pk__in=ids))


class PersonSerializer(FacilityUserSerializer):
    """A person as the school's form has them."""

    def validate_birth_year(self, text: str) -> str:
        """Return the year as peers keep it."""
        if not text or (self.instance is not None and text == self.instance.birth_year):
            return self._kept("birth_year", text)
        year = values.birth_year(text)
        if year is None:
            raise serializers.ValidationError(_("Write the year in four digits, for example 2014."))
        return year

    def validate_gender(self, word: str) -> str:
        """Return one of `genders`."""
        if word not in dict(genders()):
            raise serializers.ValidationError(_("Choose one of the list."))
        return self._kept("gender", word)

    def _kept(self, column: str, sent: str) -> str:
        """Return what the column is to hold: the form has an empty field for what `shown` does not show."""
        if sent or self.instance is None:
            return sent
        return "" if shown(self.instance)[column] else str(getattr(self.instance, column))


class NewPersonSerializer(PersonSerializer):
    """Somebody new with `rights` and the context's `classes`, where a learner learns or a teacher of some teaches.

    What was made is kept as a list of one, `made`, that can be undone.
    """

    rights = serializers.ChoiceField(choices=[kind.value for kind in Rights], default=Rights.LEARNER.value)
    made: kept.ListImport

    class Meta(FacilityUserSerializer.Meta):
        fields = (*FacilityUserSerializer.Meta.fields, "rights")  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        typed = attrs.get("password", "")
        if attrs["rights"] != Rights.LEARNER:
            about = (attrs["username"], attrs.get("full_name", ""))
            if not typed:
                raise serializers.ValidationError({"password": _("Write a password: who teaches needs one.")})
            if not passwords.strength(typed, about).is_enough:
                raise serializers.ValidationError({"password": passwords.sentence(typed, about)})
            # With a teacher's rounds; what was hashed is left as it is.
            attrs["password"] = hashers.make(typed, hashers.teacher_rounds())
        return super().validate(attrs)

    def create(self, validated_data: dict[str, Any]) -> FacilityUser:
        rights = Rights(validated_data.pop("rights"))
        classes: Sequence[Classroom] = self.context["classes"]
        person = super().create(validated_data)
        if rights is Rights.LEARNER:
            for classroom in classes:
                services.enrol(classroom, [person])
        else:
            people.set_rights(person, rights, classes, self.context["request"].user)
        self._keep(person, [classroom.pk for classroom in classes])
        return person

    def _keep(self, person: FacilityUser, into: list[str]) -> None:
        counts = {**dict.fromkeys(What, 0), What.CREATE: 1}
        places = Membership.objects.filter(user=person)
        roles = Role.objects.filter(user=person).values_list("pk", flat=True)
        by = self.context["request"].user
        self.made = kept.keep(person.facility_id, by, counts, [person], places, into, roles=list(roles))
