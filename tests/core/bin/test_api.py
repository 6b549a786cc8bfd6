"""What the API deletes is in the bin, as what the screens delete."""

from __future__ import annotations

import pytest
from django.test import Client

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.bin import services
from kolibri.core.bin.models import Deletion
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from tests.schools import School


def delete(person: FacilityUser, collection: Collection) -> int:
    client = Client()
    client.force_login(FacilityUser.objects.get(pk=person.pk))
    return client.delete(f"/api/{collection.kind}/{collection.pk}/").status_code


@pytest.mark.parametrize("kind", ["classroom", "learnergroup"])
def test_a_deleted_one_comes_back_whole(school: School, kind: str) -> None:
    found = school.classroom if kind == "classroom" else LearnerGroup.objects.get()
    lessons.create_lesson(school.coach, collection=school.classroom, title="Rain")
    before = set(Membership.objects.values_list("pk", flat=True))
    assert delete(school.admin, found) == 204
    assert not Collection.objects.filter(pk=found.pk).exists()
    assert len(before) > Membership.objects.count()
    deletion = Deletion.objects.get()
    assert (deletion.label, deletion.what, deletion.made_by) == (found.name, kind, school.admin)
    services.bring_back(deletion)
    assert set(Membership.objects.values_list("pk", flat=True)) == before
    assert Lesson.objects.get().collection_id == school.classroom.pk
    assert delete(school.admin, found) == 204


def test_who_may_not_delete_puts_nothing_into_the_bin(school: School) -> None:
    assert delete(school.coach, school.classroom) == 403
    assert delete(school.learner, LearnerGroup.objects.get()) in (403, 404)
    assert not Deletion.objects.exists() and Classroom.objects.count() == 1
