"""Lists, single objects and an independent reading of the rules say the same of random schools.

The oracle below walks objects one by one in plain Python, from the rules as they are told to
teachers; it shares no code with `kolibri.core.auth.permissions`.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import AnonymousUser
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from tests.schools import make_superuser

MODELS = (FacilityDataset, Collection, FacilityUser, Role, Membership, Lesson, LessonAssignment)


class Oracle:
    """The rules for one person, asked of one row at a time."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.signed_in = isinstance(user, FacilityUser)
        self.roles = list(Role.objects.filter(user=user)) if self.signed_in else []
        self.places = set(Membership.objects.filter(user=user).values_list("collection", flat=True)) if user.pk else ()

    def holds(self, kinds: str, place: Collection | None) -> bool:
        """Climb from `place` to its school, asking for a role at every step."""
        while place is not None:
            if any(role.collection_id == place.pk and role.kind in kinds.split() for role in self.roles):
                return True
            place = Collection.objects.filter(pk=place.parent_id).first()
        return False

    def teaches(self, place: Collection) -> bool:
        return self.holds("coach admin", place)

    def own_school(self, row: Any) -> bool:
        return row.dataset_id == self.user.dataset_id

    def reads(self, row: Any) -> bool:
        if not self.signed_in:
            return False
        return self.user.is_superuser or getattr(self, f"reads_{type(row).__name__.lower()}")(row)

    def reads_facilitydataset(self, row: FacilityDataset) -> bool:
        return row.pk == self.user.dataset_id

    def reads_collection(self, row: Collection) -> bool:
        return self.own_school(row) and (row.kind == "facility" or bool(self.roles) or row.pk in self.places)

    def reads_facilityuser(self, row: FacilityUser) -> bool:
        if row.pk == self.user.pk or self.teaches(row.facility):
            return True
        return any(self.teaches(held.collection) for held in Membership.objects.filter(user=row))

    def reads_role(self, row: Role) -> bool:
        return row.user_id == self.user.pk or self.teaches(row.collection)

    reads_membership = reads_role

    def reads_lesson(self, row: Lesson) -> bool:
        if self.teaches(row.collection):
            return True
        given_to = LessonAssignment.objects.filter(lesson=row)
        return row.is_active and any(one.collection_id in self.places for one in given_to)

    def reads_lessonassignment(self, row: LessonAssignment) -> bool:
        return self.reads_lesson(row.lesson)

    def writes(self, row: Any) -> bool:
        if not self.signed_in:
            return False
        return self.user.is_superuser or getattr(self, f"writes_{type(row).__name__.lower()}")(row)

    def writes_facilitydataset(self, row: FacilityDataset) -> bool:
        return self.holds("admin", Collection.objects.get(dataset=row, kind="facility"))

    def writes_collection(self, row: Collection) -> bool:
        return self.holds("admin" if row.kind in ("facility", "classroom") else "coach admin", row)

    def writes_facilityuser(self, row: FacilityUser) -> bool:
        return self.holds("admin", row.facility)

    def writes_role(self, row: Role) -> bool:
        return self.holds("admin", row.collection)

    def writes_membership(self, row: Membership) -> bool:
        return self.holds("admin" if row.collection.kind == "classroom" else "coach admin", row.collection)

    def writes_lesson(self, row: Lesson) -> bool:
        return self.teaches(row.collection)

    def writes_lessonassignment(self, row: LessonAssignment) -> bool:
        return self.teaches(row.lesson.collection) and self.teaches(row.collection)


def build(draw: Any) -> None:
    """Write one or two schools with whatever the models let stand."""
    for number in range(draw(st.integers(1, 2))):
        school = Facility.objects.create(name=f"School {number}")
        classes = [Classroom.objects.create(name=f"Class {n}", parent=school) for n in range(draw(st.integers(1, 2)))]
        people = [
            FacilityUser.objects.create(username=f"p{number}{n}", facility=school, password="!")
            for n in range(draw(st.integers(1, 4)))
        ]
        if draw(st.booleans()):
            make_superuser(people[-1])
        parts: list[tuple[Collection, Collection]] = []
        for room in classes:
            for kind in draw(st.lists(st.sampled_from([LearnerGroup, AdHocGroup]), max_size=2)):
                parts.append((room, kind.objects.create(name="Part", parent=room)))
        for person in people:
            for room in draw(st.lists(st.sampled_from(classes), unique=True)):
                Membership.objects.create(user=person, collection=room)
                for _, part in [pair for pair in parts if pair[0] == room and draw(st.booleans())]:
                    Membership.objects.create(user=person, collection=part)
            for place in draw(st.lists(st.sampled_from([school, *classes]), unique=True, max_size=2)):
                kinds = ["admin", "coach"] if place == school else ["coach"]
                Role.objects.create(user=person, collection=place, kind=draw(st.sampled_from(kinds)))
        everywhere = [school, *classes, *[part for _, part in parts]]
        for n in range(draw(st.integers(0, 3))):
            lesson = Lesson.objects.create(
                title=f"Lesson {n}", collection=draw(st.sampled_from([school, *classes])), is_active=draw(st.booleans())
            )
            # Also to a class that is not the lesson's own: peers accept it, so it arrives.
            for place in draw(st.lists(st.sampled_from(everywhere), unique=True, max_size=3)):
                LessonAssignment.objects.create(lesson=lesson, collection=place)


def disagreements() -> list[str]:
    """Return who is told three different things about which row."""
    found = []
    for stored in [AnonymousUser(), *FacilityUser.objects.all()]:
        oracle = Oracle(stored)
        for model in MODELS:
            listed = list(model.readable_by(stored, model.objects.all()).values_list("pk", flat=True))
            if len(listed) != len(set(listed)):
                found.append(f"{stored} is listed a {model.__name__} twice")
            for row in model.objects.all():
                told = (row.pk in listed, model.permissions.can_read(stored, row), oracle.reads(row))
                if len(set(told)) > 1:
                    found.append(f"{stored} ({oracle.roles}) reads {model.__name__} {row}: list, object, rule = {told}")
                may = (model.permissions.can_write(stored, row), oracle.writes(row))
                if may[0] != may[1]:
                    found.append(f"{stored} ({oracle.roles}) writes {model.__name__} {row}: object, rule = {may}")
    return found


@pytest.mark.acceptance("K7", "K2", "K9")
@pytest.mark.django_db
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_list_object_and_rule_agree(data: st.DataObject) -> None:
    with transaction.atomic():
        build(data.draw)
        found = disagreements()
        transaction.set_rollback(True)
    assert found == []


@pytest.mark.acceptance("K8", "O3")
@pytest.mark.django_db
def test_readable_rows_need_one_query_for_roles_and_no_distinct(school: Any, django_assert_num_queries: Any) -> None:
    for person in (school.coach, school.admin, school.learner):
        reader = FacilityUser.objects.select_related("facility").get(pk=person.pk)
        assert reader.is_superuser is False
        with django_assert_num_queries(1):
            querysets = [model.readable_by(reader, model.objects.all()) for model in MODELS]
        for queryset in querysets:
            assert "DISTINCT" not in str(queryset.query).upper()
        with django_assert_num_queries(0):
            assert [reader.has_role_for("admin", school.classroom) for _ in range(50)][0] is (person == school.admin)


def test_the_property_can_fail(school: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disagreements() == []
    monkeypatch.setattr(type(FacilityUser.permissions), "narrow", lambda self, user, queryset: queryset)
    assert any("FacilityUser" in text for text in disagreements())
