"""A list of people is undone as a whole: every table is as it was, but for who worked or was changed since."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from morango.models import DeletedModels

from kolibri.core.auth import hashers
from kolibri.core.auth import people
from kolibri.core.auth import services as auth
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.roster import applying
from kolibri.core.bin import lists
from kolibri.core.fields import local_now
from kolibri.core.lessons import services as lessons
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.logger.models import UserSessionLog
from kolibri.errors import Conflict
from tests.core.auth.test_roster_plan import STRONG
from tests.core.auth.test_roster_plan import check
from tests.core.auth.test_roster_plan import listing
from tests.core.bin.test_bin import resource
from tests.core.bin.test_bin import tables
from tests.schools import School

# Somebody new of each kind, somebody who changes, one who comes into a class, one who teaches from now on.
LIST = (
    "Username,Name,User type,Class,Password\n"
    "zoe,Zoe Zulu,,Grade 9,kite\n"
    "max,Max,,Grade 4,\n"
    f"tom,Tom,Teacher,Grade 9,{STRONG}\n"
    "amina,Amina B.,,Grade 9,kite\n"
    "ben,Ben Carter,,Grade 9,\n"
    "coach,Class Coach,Teacher,Grade 9,\n"
)


@pytest.fixture
def done(school: School) -> ListImport:
    return brought_in(school)


def brought_in(school: School, text: str = LIST) -> ListImport:
    made = applying.run(listing(text), school.facility, school.admin, check)
    return ListImport.objects.get(pk=made.id)


def compared() -> dict[str, Any]:
    found = tables()
    # What is kept of the list, and the notes that tell peers.
    return {name: rows for name, rows in found.items() if name not in ("kolibriauth_listimport", DELETED)}


DELETED = DeletedModels._meta.db_table


def one(username: str) -> FacilityUser:
    return FacilityUser.objects.get(username=username)


def undone(school: School, done: ListImport) -> lists.Undone:
    return lists.undo(done, school.admin)


def test_all_is_as_it_was(school: School) -> None:
    school.learner.picture_password = "123"
    school.learner.save()
    before = compared()
    done = brought_in(school, f"{LIST}david,David,Teacher,Grade 9,{STRONG}\n")
    made = [*done.records["people"], *done.records["members"], *done.records["roles"], *done.records["classes"]]
    assert FacilityUser.objects.count() == 10 and Classroom.objects.count() == 2
    told = undone(school, done)
    assert (told.gone, told.people, told.classes) == (3, [], [])
    assert compared() == before
    assert set(DeletedModels.objects.values_list("id", flat=True)) == set(made)
    done.refresh_from_db()
    assert done.undone_at and done.records == {}


def test_it_is_undone_once_and_in_time(school: School, done: ListImport) -> None:
    ListImport.objects.update(made_at=local_now() - datetime.timedelta(days=31))
    assert lists.undoable(school.facility) == []
    with pytest.raises(Conflict):
        undone(school, done)
    assert one("zoe")
    ListImport.objects.update(made_at=local_now())
    assert lists.undoable(school.facility) == [done]
    undone(school, done)
    assert lists.undoable(school.facility) == []
    with pytest.raises(Conflict):
        undone(school, done)


def test_what_is_too_old_is_forgotten_with_its_passwords(school: School, done: ListImport) -> None:
    ListImport.objects.update(made_at=local_now() - datetime.timedelta(days=31))
    later = brought_in(school, "Name\nEve\n")
    assert list(ListImport.objects.all()) == [later]


def test_a_list_that_did_nothing_is_not_offered(school: School) -> None:
    brought_in(school, "Username,Name\namina,Amina Bello\n")
    assert lists.undoable(school.facility) == []


def worked(person: FacilityUser) -> None:
    UserSessionLog.objects.create(user=person)


def signed_in(person: FacilityUser) -> None:
    FacilityUser.objects.filter(pk=person.pk).update(last_login=local_now())


def renamed(person: FacilityUser) -> None:
    FacilityUser.objects.filter(pk=person.pk).update(full_name="Zoe Zebra")


def given_another_password(person: FacilityUser) -> None:
    FacilityUser.objects.filter(pk=person.pk).update(password=hashers.make("other"))


def put_into_a_class(person: FacilityUser) -> None:
    auth.enrol(Classroom.objects.get(name="Grade 4"), [person])


def put_into_a_group(person: FacilityUser) -> None:
    auth.create_group(Classroom.objects.get(name="Grade 9"), "New group", [person])


def made_a_coach(person: FacilityUser) -> None:
    auth.give_role(person, Classroom.objects.get(name="Grade 4"), role_kinds.COACH)


@pytest.mark.parametrize(
    "used",
    [worked, signed_in, renamed, given_another_password, put_into_a_class, put_into_a_group, made_a_coach],
)
def test_who_was_made_and_is_used_stays_as_they_are(school: School, done: ListImport, used: Any) -> None:
    used(one("zoe"))
    places = set(one("zoe").memberships.values_list("pk", flat=True))
    told = undone(school, done)
    assert (told.gone, told.people, told.classes) == (2, [str(one("zoe"))], ["Grade 9"])
    assert set(one("zoe").memberships.values_list("pk", flat=True)) == places
    assert not FacilityUser.objects.filter(username__in=["max", "tom"]).exists()
    assert one("amina").full_name == "Amina Bello"
    assert not Membership.objects.filter(user=one("ben"), collection__name="Grade 9").exists()


def test_a_printed_picture_and_a_removal_keep_nobody(school: School, done: ListImport) -> None:
    FacilityUser.objects.filter(username="zoe").update(picture_password="321")
    people.remove(one("max"), school.admin)
    assert undone(school, done).gone == 3
    assert not FacilityUser.all_objects.filter(username__in=["zoe", "max", "tom"]).exists()


def test_a_name_changed_since_stays_and_is_told(school: School, done: ListImport) -> None:
    FacilityUser.objects.filter(username="amina").update(full_name="Amina Third")
    told = undone(school, done)
    assert told.people == ["Amina Third"]
    # The password of the list went all the same.
    assert one("amina").full_name == "Amina Third" and not one("amina").has_own_password


def test_a_username_that_is_taken_meanwhile_does_not_come_back(school: School) -> None:
    done = brought_in(school, f"Database ID (UUID),Username\n{school.learner.pk},amina_b\n")
    auth.create_person(school.facility, username="Amina", full_name="Other")
    assert undone(school, done).people == ["Amina Bello"]
    assert one("amina_b").pk == school.learner.pk


def test_who_was_there_stays_in_a_class_where_they_worked(school: School, done: ListImport) -> None:
    grade_9 = Classroom.objects.get(name="Grade 9")
    lessons.create_lesson(school.admin, collection=grade_9, title="Rain", resources=[resource("a")])
    earlier = done.made_at - datetime.timedelta(days=1)
    for person, letter, moment in (
        (one("amina"), "a", local_now()),
        # Before the list, and on something of another class.
        (one("ben"), "a", earlier),
        (one("ben"), "b", local_now()),
    ):
        ContentSummaryLog.objects.create(
            user=person, content_id=letter * 32, start_timestamp=earlier, end_timestamp=moment, kind="video"
        )
    told = undone(school, done)
    assert (told.people, told.classes) == (["Amina Bello"], ["Grade 9"])
    assert list(Membership.objects.filter(collection=grade_9).values_list("user__username", flat=True)) == ["amina"]


def test_who_was_there_stays_in_a_class_with_a_group_of_theirs(school: School, done: ListImport) -> None:
    put_into_a_group(one("ben"))
    assert undone(school, done).people == ["Ben Carter"]
    assert LearnerGroup.objects.get(name="New group").membership.count() == 1


def test_a_class_renamed_since_stays(school: School, done: ListImport) -> None:
    Classroom.objects.filter(name="Grade 9").update(name="Grade 9 b")
    assert undone(school, done).classes == ["Grade 9 b"]


def test_rights_go_but_not_one_s_own_nor_those_given_since(school: School, done: ListImport) -> None:
    assert Role.objects.filter(user=school.coach, collection__name="Grade 9").exists()
    undone(school, done)
    assert not Role.objects.filter(user=school.coach, collection__name="Grade 9").exists()
    done = brought_in(
        school, f"Username,User type,Class,Password\nben,Admin,,{STRONG}\ncarla,Teacher,Grade 9,{STRONG}\n"
    )
    auth.give_role(one("carla"), school.classroom, role_kinds.COACH)
    lists.undo(done, one("ben"))
    assert one("ben").is_admin
    kinds = Role.objects.filter(user=one("carla")).values_list("kind", "collection__name")
    assert set(kinds) == {("coach", "Grade 4"), ("classroom assignable coach", "Hill School")}


def test_the_number_of_queries_does_not_grow_with_the_list(school: School) -> None:
    counts = []
    for size in (5, 50):
        done = brought_in(
            school, "Name,Class\n" + "".join(f"Learner {number},Grade {size}\n" for number in range(size))
        )
        with CaptureQueriesContext(connection) as asked:
            assert undone(school, done).gone == size
        counts.append(len(asked))
    assert counts[0] == counts[1] < 60
