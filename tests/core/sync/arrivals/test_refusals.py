"""What a peer may not bring in: each bad record stands aside alone, with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from morango.models import Store

from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.device.models import DevicePermissions
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.sync.arrivals import reading
from kolibri.core.sync.arrivals.settling import settle
from tests.core.logger.test_wire import records
from tests.core.sync.arrivals.travel import Luggage
from tests.core.sync.arrivals.travel import changed
from tests.core.sync.arrivals.travel import forged
from tests.core.sync.arrivals.travel import pack
from tests.core.sync.arrivals.travel import reason
from tests.schools import School
from tests.schools import make_school


@pytest.fixture
def full(school: School) -> Luggage:
    """A school with a lesson and logs, on its way."""
    create_lesson(school.coach, collection=school.classroom, title="Rain")
    records(school.learner)
    return pack(school)


def put_one(luggage: Luggage, name: str, change: Callable[[Store], Store]) -> Store:
    """Let everything arrive, one record of `name` changed; all the others that do not hang on it are placed."""
    row = change(luggage.of(name)[0])
    luggage.put()
    settle()
    return row


COLUMNS = [
    ("facility", {"kind": "classroom"}, "wrong_value"),
    ("classroom", {"kind": "facility"}, "wrong_value"),
    ("classroom", {"kind": None}, "wrong_value"),
    ("classroom", {"parent_id": None}, "wrong_place"),
    ("classroom", {"name": "x" * 101}, "wrong_value"),
    ("classroom", {"name": ""}, "wrong_value"),
    ("classroom", {"name": 7}, "wrong_value"),
    ("classroom", {"name": {"a": 1}}, "wrong_value"),
    ("classroom", {"name": "a\x00b"}, "unreadable"),
    ("classroom", {"name": "\ud83d"}, "unreadable"),
    ("learnergroup", {"parent_id": "f" * 32}, "missing"),
    ("learnergroup", {"parent_id": "not an id"}, "wrong_value"),
    ("facilityuser", {"date_joined": "yesterday"}, "wrong_value"),
    ("facilityuser", {"date_joined": 5}, "wrong_value"),
    ("facilityuser", {"username": "x" * 255}, "wrong_value"),
    ("facilityuser", {"username": None}, "wrong_value"),
    ("facilityuser", {"username": ["a"]}, "wrong_value"),
    ("facilityuser", {"extra_demographics": "[1]"}, "wrong_value"),
    ("facilityuser", {"extra_demographics": "{"}, "unreadable"),
    ("facilityuser", {"extra_demographics": '{"a": NaN}'}, "unreadable"),
    ("facilityuser", {"id": "f" * 32}, "wrong_id"),
    ("facilityuser", {"_morango_source_id": "f" * 32}, "wrong_id"),
    ("facilityuser", {"_morango_partition": "elsewhere"}, "wrong_id"),
    ("facilityuser", {"dataset_id": "f" * 32}, "wrong_id"),
    ("facilitydataset", {"learner_can_sign_up": "yes"}, "wrong_value"),
    ("facilitydataset", {"learner_can_login_with_no_password": True, "learner_can_edit_password": True}, "wrong_value"),
    ("role", {"kind": "superuser"}, "wrong_value"),
    ("lesson", {"resources": "5"}, "wrong_value"),
    ("lesson", {"resources": '[{"contentnode_id": 5}]'}, "wrong_value"),
    ("lesson", {"resources": "null"}, "wrong_value"),
    ("lesson", {"is_active": 1}, "wrong_value"),
    ("contentsummarylog", {"progress": 2}, "wrong_value"),
    ("contentsummarylog", {"progress": "0.5"}, "wrong_value"),
    ("contentsummarylog", {"time_spent": 10**400}, "wrong_value"),
    ("contentsummarylog", {"content_id": "not an id"}, "wrong_value"),
    ("masterylog", {"mastery_level": 2**40}, "wrong_value"),
    ("masterylog", {"mastery_level": True}, "wrong_value"),
    ("masterylog", {"mastery_level": 3}, "wrong_id"),
]


@pytest.mark.parametrize(("name", "columns", "why"), COLUMNS)
def test_bad_columns(full: Luggage, name: str, columns: dict, why: str) -> None:
    row = put_one(full, name, lambda row: changed(row, **columns))
    assert reason(row) == why
    assert Facility.objects.exists() == (name not in ("facility", "facilitydataset"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "5",
        "null",
        '{"id": ',
        '{"time_spent": Infinity}',
        "[" * 100_000,
        '{"a":' * 60 + "1" + "}" * 60,
    ],
)
def test_what_is_no_record(full: Luggage, text: str) -> None:
    def break_it(row: Store) -> Store:
        row.serialized = text
        return row

    assert reason(put_one(full, "contentsummarylog", break_it)) in ("unreadable", "too_large", "wrong_id")
    assert Membership.objects.exists()


def test_brackets_in_columns_of_json_are_counted_too(full: Luggage) -> None:
    deep = "[" * 51 + "]" * 51
    assert reason(put_one(full, "attemptlog", lambda row: changed(row, interaction_history=deep))) == "too_large"


def test_brackets_in_words_are_none(full: Luggage) -> None:
    assert reason(put_one(full, "lesson", lambda row: changed(row, description="[" * 200 + '\\"{'))) == ""


def test_a_huge_record(full: Luggage, monkeypatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 10_000)
    assert reason(put_one(full, "lesson", lambda row: changed(row, description="x" * 10_000))) == "too_large"


def test_an_infinite_number(full: Luggage) -> None:
    def change(row: Store) -> Store:
        row.serialized = changed(row, time_spent="!").serialized.replace('"!"', "1e999")
        return row

    assert reason(put_one(full, "contentsummarylog", change)) == "wrong_value"


def test_a_source_id_of_another_role(full: Luggage) -> None:
    """A coach's role whose id is that of an admin's."""
    row = next(row for row in full.of("role") if json.loads(row.serialized)["kind"] == "coach")
    changed(row, kind="admin")
    full.put()
    settle()
    assert reason(row) == "wrong_id"


def test_a_role_in_a_partition_that_a_learner_s_device_may_write_to(full: Luggage) -> None:
    real = full.of("role")[0]
    user = json.loads(real.serialized)["user_id"]
    row = forged(real, partition=f"{full.dataset_id}:user-rw:{user}")
    full.rows[row.pk] = row
    full.put()
    settle()
    assert reason(row) == "wrong_id"
    assert not Role.objects.filter(pk=row.pk).exists()


def test_places_where_nobody_may_be(full: Luggage) -> None:
    group, facility = full.of("learnergroup")[0], full.of("facility")[0]
    role = next(row for row in full.of("role") if json.loads(row.serialized)["kind"] == "coach")
    in_group = forged(role, source_id=f"{group.pk}:coach", collection_id=group.pk)
    member = forged(full.of("membership")[0], source_id=facility.pk, collection_id=facility.pk)
    admin = forged(
        role,
        source_id=f"{full.of('classroom')[0].pk}:admin",
        collection_id=full.of("classroom")[0].pk,
        kind="admin",
    )
    for row in (in_group, member, admin):
        full.rows[row.pk] = row
    full.put()
    settle()
    assert [reason(row) for row in (in_group, member, admin)] == ["wrong_place"] * 3


def test_a_group_s_member_who_is_not_in_the_class(full: Luggage) -> None:
    group = full.of("learnergroup")[0]
    admin = next(
        json.loads(row.serialized)["user_id"]
        for row in full.of("role")
        if json.loads(row.serialized)["kind"] == "admin"
    )
    row = forged(
        full.of("membership")[0],
        partition=f"{full.dataset_id}:user-ro:{admin}",
        source_id=group.pk,
        collection_id=group.pk,
        user_id=admin,
    )
    full.rows[row.pk] = row
    full.put()
    settle()
    assert reason(row) == "not_in_class"


def test_collections_in_one_another(full: Luggage) -> None:
    group = full.of("learnergroup")[0]
    itself = forged(group, source_id="a" * 32)
    changed(itself, parent_id=itself.pk)
    in_group = forged(group, source_id="b" * 32, parent_id=group.pk)
    class_in_class = forged(full.of("classroom")[0], source_id="c" * 32, parent_id=full.of("classroom")[0].pk)
    one, other = (forged(full.of("classroom")[0], source_id=letter * 32) for letter in "de")
    changed(one, parent_id=other.pk)
    changed(other, parent_id=one.pk)
    for row in (itself, in_group, class_in_class, one, other):
        full.rows[row.pk] = row
    full.put()
    settle()
    assert [reason(row) for row in (itself, in_group, class_in_class)] == ["wrong_place"] * 3
    assert [reason(row) for row in (one, other)] == ["missing"] * 2
    assert Collection.objects.filter(kind="classroom").count() == 1


def test_nothing_points_into_another_school(full: Luggage) -> None:
    there = make_school("Valley School", prefix="v")
    lesson = create_lesson(there.coach, collection=there.classroom, title="Sun")
    ds = full.dataset_id
    role, member = full.of("role")[0], full.of("membership")[0]
    user = json.loads(role.serialized)["user_id"]
    summary = full.of("contentsummarylog")[0]
    bad = [
        # Our person runs another school.
        forged(role, source_id=f"{there.facility.pk}:admin", collection_id=there.facility.pk, kind="admin"),
        # Another school's person runs ours.
        forged(
            role,
            partition=f"{ds}:user-ro:{there.learner.pk}",
            source_id=f"{full.of('facility')[0].pk}:admin",
            user_id=there.learner.pk,
            collection_id=full.of("facility")[0].pk,
            kind="admin",
        ),
        forged(member, source_id=there.classroom.pk, collection_id=there.classroom.pk),
        forged(
            full.of("lessonassignment")[0],
            source_id=f"{full.of('lesson')[0].pk}:{there.classroom.pk}",
            collection_id=there.classroom.pk,
        ),
        forged(
            full.of("lessonassignment")[0],
            source_id=f"{lesson.pk}:{full.of('classroom')[0].pk}",
            lesson_id=lesson.pk,
        ),
        forged(full.of("lesson")[0], source_id="a" * 32, collection_id=there.classroom.pk),
        forged(full.of("lesson")[0], source_id="b" * 32, created_by_id=there.coach.pk),
        forged(full.of("classroom")[0], source_id="c" * 32, parent_id=there.facility.pk),
        forged(summary, partition=f"{ds}:user-rw:{there.learner.pk}", user_id=there.learner.pk),
        # A person of our school who says that another one is theirs.
        forged(
            full.of("facilityuser")[0],
            partition=f"{ds}:user-ro:${{id}}",
            source_id="d" * 32,
            facility_id=there.facility.pk,
        ),
    ]
    for row in bad:
        full.rows[row.pk] = row
    full.put()
    settle()
    assert user
    assert [reason(row) for row in bad] == ["other_school"] * len(bad)
    assert there.classroom.membership.count() == len(there.learners)
    assert Lesson.objects.filter(collection=there.classroom).count() == 1
    assert LessonAssignment.objects.filter(lesson=lesson).count() == 1
    assert ContentSummaryLog.objects.filter(user=there.learner).count() == 0


def test_an_existing_record_cannot_be_moved_to_another_school(full: Luggage) -> None:
    there = make_school("Valley School", prefix="v")
    full.put()
    settle()
    row = full.of("facilityuser")[0]
    Store.objects.filter(pk=row.pk).update(
        serialized=changed(row, dataset_id=there.facility.dataset_id, facility_id=there.facility.pk).serialized,
        dirty_bit=True,
    )
    settle()
    assert reason(row) == "wrong_id"
    assert FacilityUser.objects.get(pk=row.pk).dataset_id == full.dataset_id


def test_nobody_comes_to_run_this_computer_through_a_sync(full: Luggage) -> None:
    for row in full.of("facilityuser"):
        changed(row, is_superuser=True, is_staff=True, device_permissions={"is_superuser": True})
    rights = forged(full.of("role")[0], source_id="e" * 32, is_superuser=True)
    rights.model_name = "devicepermissions"
    full.rows[rights.pk] = rights
    full.put()
    found = settle()
    assert FacilityUser.objects.count() == len(full.of("facilityuser"))
    assert not any(person.is_superuser for person in FacilityUser.objects.all())
    assert not DevicePermissions.objects.exists()
    assert found.relayed == 1
