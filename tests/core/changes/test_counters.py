"""Every write is counted, by whatever way it comes, and no two copies of a database count alike."""

from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.db import connections
from django.db import transaction

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.changes import counters
from kolibri.core.changes.models import ChangeCounter
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from tests.guide.models import Shelf
from tests.schools import School

LESSONS = ("lessons_lesson",)


def changed(tables: tuple[str, ...], write) -> bool:
    before = counters.state(tables)
    write()
    return counters.state(tables) != before


@pytest.fixture
def lesson(school: School) -> Lesson:
    return create_lesson(school.coach, collection=school.classroom, title="Rain")


def raw(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "write",
    [
        lambda lesson: lesson.save(),
        lambda lesson: Lesson.objects.filter(pk=lesson.pk).update(title="x"),
        lambda lesson: raw("UPDATE lessons_lesson SET title = 'y' WHERE id = %s", lesson.pk),
        lambda lesson: raw("DELETE FROM lessons_lessonassignment") or raw("DELETE FROM lessons_lesson"),
        lambda lesson: lesson.delete(),
        lambda lesson: lesson.collection.delete(),
        lambda lesson: raw("UPDATE lessons_lesson SET title = title WHERE id = %s", lesson.pk),
        lambda lesson: create_lesson(lesson.created_by, collection=lesson.collection, title="Wind"),
    ],
)
def test_every_way_to_write_is_counted(lesson: Lesson, write) -> None:
    assert changed(LESSONS, lambda: write(lesson))


def test_a_write_elsewhere_is_not(lesson: Lesson) -> None:
    assert not changed(LESSONS, lambda: Shelf.objects.create(name="x"))
    assert changed(("guide_shelf",), lambda: Shelf.objects.create(name="y"))


def test_a_write_that_is_taken_back_leaves_the_count(transactional_db: None, lesson: Lesson) -> None:
    def taken_back() -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            lesson.save()
            raise RuntimeError

    assert not changed(LESSONS, taken_back)


def test_tables_of_every_app_are_counted(db: None) -> None:
    assert {"lessons_lesson", "kolibriauth_role", "content_contentnode", "logger_contentsummarylog"} <= (
        counters.counted_tables()
    )
    assert not {"django_session", "changes_changecounter"} & counters.counted_tables()


def test_a_replaced_table_counts_on(transactional_db: None, lesson: Lesson) -> None:
    """SQLite changes a table by making a new one; the migration's end puts the triggers back."""
    if connection.vendor == "sqlite":
        raw("DROP TRIGGER changes_update_lessons_lesson")
    else:
        raw("DROP TRIGGER changes_count ON lessons_lesson")
    assert not changed(LESSONS, lesson.save)
    call_command("migrate", verbosity=0)
    assert changed(LESSONS, lesson.save)


def test_an_emptied_database_counts_on(transactional_db: None, school: School) -> None:
    ChangeCounter.objects.all().delete()
    assert changed(("guide_shelf",), lambda: Shelf.objects.create(name="x"))


def test_a_new_epoch_makes_every_state_another(lesson: Lesson) -> None:
    assert changed(LESSONS, counters.renew)
    assert changed(("guide_shelf",), counters.renew)
    assert changed(LESSONS, lesson.save)


def test_counts_of_connections_that_are_gone_are_added_up(db: None) -> None:
    ChangeCounter.objects.bulk_create([ChangeCounter(table_name="t", slot=slot, count=slot) for slot in (7, 8, 9)])
    counters.renew()
    assert list(ChangeCounter.objects.filter(table_name="t").values_list("slot", "count")) == [(0, 24)]


def test_writers_do_not_wait_for_one_another_and_readers_see_whole_writes(transactional_db: None) -> None:
    """PostgreSQL: a second connection writes the same tables, in the other order, while the first is not done."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    done = threading.Event()

    def other() -> None:
        try:
            with transaction.atomic():
                Shelf.objects.create(name="other")
                ChangeCounter.objects.count()
            done.set()
        finally:
            connections.close_all()

    before = counters.state(("guide_shelf",))
    with transaction.atomic():
        Shelf.objects.create(name="mine")
        thread = threading.Thread(target=other)
        thread.start()
        assert done.wait(10), "the other writer waits"
        thread.join()
    after = counters.state(("guide_shelf",))
    assert after == before + 2
    assert Shelf.objects.count() == 2


def test_an_unseen_write_has_no_count_yet(transactional_db: None) -> None:
    """What another connection has not committed is neither in the data nor in the count."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite: readers are in another snapshot until the commit by WAL itself")
    written, read = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                Shelf.objects.create(name="slow")
                written.set()
                read.wait(10)
        finally:
            connections.close_all()

    before = counters.state(("guide_shelf",))
    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    assert (counters.state(("guide_shelf",)), Shelf.objects.count()) == (before, 0)
    read.set()
    thread.join()
    assert (counters.state(("guide_shelf",)), Shelf.objects.count()) == (before + 1, 1)


def test_people_and_places_are_counted_together_with_what_hangs_on_them(school: School) -> None:
    assert changed(("kolibriauth_membership",), lambda: Membership.objects.first().delete())
    assert changed(("kolibriauth_membership",), lambda: FacilityUser.objects.get(username="ben").delete())
