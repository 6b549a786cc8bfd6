"""What is deleted comes back as it was: every table is compared, column by column."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.db import models
from morango.models import DeletedModels
from morango.models import Store
from morango.sync.operations import _serialize_into_store

from kolibri.core.auth import people
from kolibri.core.auth import services as auth
from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.bin import services
from kolibri.core.bin.models import Deletion
from kolibri.core.changes import counters
from kolibri.core.fields import local_now
from kolibri.core.lessons import plans
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.models import LessonChange
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.errors import Conflict
from tests.schools import School

# Counted up by every write, and the bin's own.
NOT_COMPARED = ("changes_changecounter", "bin_deletion")
MAY_DIFFER = ("_morango_dirty_bit", "date_modified")


def tables() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table as the database holds it."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in NOT_COMPARED:
                cursor.execute(f'SELECT * FROM "{table}"')
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
                found[table] = sorted(
                    ({name: value for name, value in row.items() if name not in MAY_DIFFER} for row in rows), key=str
                )
    return found


def resource(letter: str) -> dict[str, str]:
    return {"contentnode_id": letter * 32, "content_id": letter * 32, "channel_id": "f" * 32}


@pytest.fixture
def group(school: School) -> LearnerGroup:
    return LearnerGroup.objects.get(parent=school.classroom)  # type: ignore[no-any-return]


@pytest.fixture
def lesson(school: School, group: LearnerGroup) -> Lesson:
    """A lesson with a history, for a group and a single learner; a work that somebody did stands beside it."""
    made = lessons.create_lesson(
        school.coach, collection=school.classroom, title="Rain", resources=[resource("a"), resource("b")]
    )
    lessons.update_lesson(made, school.coach, title="Rain “2” \\ مطر", is_active=True)
    lessons.update_lesson(made, school.coach, assignments=[group.pk], learner_ids=[school.learners[4].pk])
    snow = lessons.create_lesson(school.coach, collection=school.classroom, title="Snow")
    plans.write(made, {"notes": {"a" * 32: "Listen"}})
    plans.set_order(school.classroom, [snow.pk, made.pk])
    ContentSummaryLog.objects.create(
        user=school.learner, content_id="a" * 32, kind="video", start_timestamp=local_now(), progress=0.3
    )
    return made


def test_a_class_comes_back_as_it_was(school: School, lesson: Lesson) -> None:
    before = tables()
    deletion = services.delete(school.classroom, school.admin)
    assert not Classroom.objects.exists() and not Lesson.objects.exists() and not LessonChange.objects.exists()
    assert not Membership.objects.exists() and not AdHocGroup.objects.exists() and not LessonAssignment.objects.exists()
    assert not Role.objects.filter(collection_id=school.classroom.pk).exists()
    assert FacilityUser.objects.filter(memberships=None, roles=None).count() == 5
    assert (deletion.what, deletion.label, deletion.made_by) == ("classroom", "Grade 4", school.admin)
    assert services.bring_back(deletion).pk == school.classroom.pk
    assert tables() == before


def test_a_group_comes_back_with_its_learners_and_lessons(school: School, lesson: Lesson, group: LearnerGroup) -> None:
    before = tables()
    deletion = services.delete(group, school.coach)
    assert not LearnerGroup.objects.exists()
    assert [person.username for person in lessons.recipients(lesson)] == ["esi"]
    services.bring_back(deletion)
    assert [person.username for person in lessons.recipients(lesson)] == ["amina", "ben", "esi"]
    assert tables() == before


def test_what_came_back_is_sent_to_peers_as_alive(school: School, lesson: Lesson) -> None:
    _serialize_into_store("facilitydata")
    ids = list(Membership.objects.values_list("pk", flat=True)) + [school.classroom.pk, lesson.pk]
    deletion = services.delete(school.classroom, school.admin)
    assert set(ids) <= set(DeletedModels.objects.values_list("pk", flat=True))
    services.bring_back(deletion)
    assert not DeletedModels.objects.exists()
    assert Lesson.objects.filter(_morango_dirty_bit=True).count() == 2
    assert Membership.objects.filter(_morango_dirty_bit=False).count() == 0
    _serialize_into_store("facilitydata")
    assert Store.objects.filter(pk__in=ids, deleted=False, dirty_bit=False).count() == len(ids)


def test_a_deletion_that_peers_know_of_is_taken_back_there(school: School, lesson: Lesson) -> None:
    deletion = services.delete(school.classroom, school.admin)
    _serialize_into_store("facilitydata")
    services.bring_back(deletion)
    _serialize_into_store("facilitydata")
    assert not Store.objects.get(pk=school.classroom.pk).deleted
    assert not Store.objects.get(pk=lesson.pk).deleted


def test_counts_of_changes_move(school: School, lesson: Lesson) -> None:
    def state() -> list[int]:
        return [counters.state([table]) for table in ("kolibriauth_collection", "lessons_lesson")]

    first = state()
    deletion = services.delete(school.classroom, school.admin)
    second = state()
    services.bring_back(deletion)
    third = state()
    assert all(one < two < three for one, two, three in zip(first, second, third, strict=True))


def test_undone_twice_is_refused(school: School) -> None:
    deletion = services.delete(school.classroom, school.admin)
    services.bring_back(deletion)
    before = tables()
    with pytest.raises(Conflict) as refused:
        services.bring_back(deletion)
    assert refused.value.code == "already_undone"
    assert tables() == before
    # Deleted again, it comes back by the new deletion only.
    again = services.delete(Classroom.objects.get(), school.admin)
    with pytest.raises(Conflict):
        services.bring_back(deletion)
    services.bring_back(again)
    assert tables() == before


def test_what_is_there_again_by_itself_is_not_offered(school: School, group: LearnerGroup) -> None:
    """As when another computer renamed it meanwhile: then it stays, for both."""
    for one, room in ((group, school.classroom), (school.classroom, school.facility)):
        kept = type(one).objects.get(pk=one.pk)
        deletion = services.delete(one, school.admin)
        assert list(services.recent(room)) == [deletion]
        kept.save(force_insert=True)
        assert list(services.recent(room)) == []


def test_deleted_twice_is_refused(school: School) -> None:
    services.delete(school.classroom, school.admin)
    with pytest.raises(Conflict):
        services.delete(school.classroom, school.admin)
    assert Deletion.objects.count() == 1


def test_a_taken_name_is_not_taken_twice(school: School, group: LearnerGroup) -> None:
    deletion = services.delete(school.classroom, school.admin)
    for name in ("GRADE 4", "Grade 4 2"):
        auth.create_classroom(school.facility, name)
    assert services.bring_back(deletion).name == "Grade 4 3"
    assert Classroom.objects.get(pk=school.classroom.pk).name == "Grade 4 3"
    assert LearnerGroup.objects.get(pk=group.pk).name == "Readers"


def test_a_group_of_a_deleted_class_waits_for_its_class(school: School, group: LearnerGroup, lesson: Lesson) -> None:
    before = tables()
    of_group = services.delete(group, school.coach)
    of_class = services.delete(school.classroom, school.admin)
    with pytest.raises(Conflict) as refused:
        services.bring_back(of_group)
    assert refused.value.code == "deleted"
    services.bring_back(of_class)
    services.bring_back(of_group)
    assert tables() == before


def test_what_hung_on_something_gone_is_left_out(school: School, group: LearnerGroup, lesson: Lesson) -> None:
    deletion = services.delete(school.classroom, school.admin)
    school.learners[0].delete()
    school.coach.delete()
    services.bring_back(deletion)
    assert [member.user.username for member in Membership.objects.filter(collection=group)] == ["ben"]
    assert Membership.objects.filter(collection=school.classroom).count() == 4
    assert not Role.objects.filter(collection=school.classroom).exists()
    # Who made a lesson may be nobody.
    assert Lesson.objects.get(pk=lesson.pk).created_by is None
    assert LessonChange.objects.filter(lesson_id=lesson.pk, made_by=None).count() == 3
    connection.check_constraints()


def test_who_only_left_the_school_keeps_the_place(school: School) -> None:
    deletion = services.delete(school.classroom, school.admin)
    people.remove(school.learner, school.admin)
    services.bring_back(deletion)
    people.bring_back(school.learner)
    assert school.learner.memberships.count() == 2


def test_a_lesson_of_a_deleted_group_that_was_deleted_too_stays_gone(
    school: School, group: LearnerGroup, lesson: Lesson
) -> None:
    deletion = services.delete(group, school.coach)
    lessons.delete_lesson(lesson, school.coach)
    services.bring_back(deletion)
    assert Membership.objects.filter(collection=group).count() == 2
    assert not LessonAssignment.objects.filter(collection=group).exists()


def test_a_group_takes_nobody_back_who_left_its_class(school: School, group: LearnerGroup, lesson: Lesson) -> None:
    deletion = services.delete(group, school.coach)
    auth.leave(school.classroom, [school.learner.pk])
    another = auth.create_classroom(school.facility, "Grade 5")
    lessons.update_lesson(lesson, school.admin, collection=another)
    services.bring_back(deletion)
    assert [member.user.username for member in Membership.objects.filter(collection=group)] == ["ben"]
    assert not LessonAssignment.objects.filter(collection=group).exists()


def test_old_deletions_are_cleared_away(school: School, group: LearnerGroup) -> None:
    old = services.delete(group, school.coach)
    Deletion.objects.filter(pk=old.pk).update(made_at=local_now() - datetime.timedelta(days=29, hours=23))
    assert services.find(old.pk) == old and list(services.recent(school.classroom)) == [old]
    Deletion.objects.filter(pk=old.pk).update(made_at=local_now() - datetime.timedelta(days=30, hours=1))
    assert services.find(old.pk) is None and not services.recent(school.classroom)
    services.delete(school.classroom, school.admin)
    assert [kept.label for kept in Deletion.objects.all()] == ["Grade 4"]


def test_a_thousand_rows_cost_no_more_queries_than_ten(
    school: School, lesson: Lesson, django_assert_max_num_queries: Any
) -> None:
    auth.add_learners(school.classroom, [(f"Learner {number}", "") for number in range(300)])
    deletion = services.delete(school.classroom, school.admin)
    with django_assert_max_num_queries(60):
        services.bring_back(deletion)
    assert Membership.objects.filter(collection=school.classroom).count() == 305


def test_nothing_that_hangs_on_a_class_is_changed_instead_of_deleted() -> None:
    """The bin keeps deleted rows. A row that only loses its pointer would not get it back."""
    seen: set[type[models.Model]] = set()
    waiting: list[type[models.Model]] = [Collection]
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for relation in model._meta.related_objects:
            to_school = relation.field.related_model._meta.proxy and relation.field.related_model.KIND == "facility"
            if not to_school:
                assert relation.on_delete is models.CASCADE, relation
                waiting.append(relation.related_model)
    assert LessonAssignment in seen
