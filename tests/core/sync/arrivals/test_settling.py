"""What arrives becomes rows, whatever stands beside it."""

from __future__ import annotations

import json

import pytest
from morango.models import Filter
from morango.models import Store
from morango.registry import syncable_models
from morango.sync.controller import MorangoProfileController

from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.models import AttemptLog
from kolibri.core.sync.arrivals import pictures
from kolibri.core.sync.arrivals import placing
from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.arrivals.settling import settle
from tests.core.logger.test_wire import records
from tests.core.sync.arrivals.travel import PROFILE
from tests.core.sync.arrivals.travel import Luggage
from tests.core.sync.arrivals.travel import changed
from tests.core.sync.arrivals.travel import pack
from tests.core.sync.arrivals.travel import reason
from tests.schools import School


def stored() -> dict[str, str]:
    return dict(Store.objects.values_list("pk", "serialized"))


def rows() -> dict[str, dict]:
    """Return every row of every school as it would leave."""
    return {
        row.pk: json.loads(json.dumps(row.serialize(), default=str))
        for model in syncable_models.get_models(PROFILE)
        for row in model.syncing_objects.all()
    }


def test_a_whole_school_becomes_rows(school: School) -> None:
    records(school.learner)
    before = rows()
    luggage = pack(school)
    luggage.put()
    found = settle()
    assert (found.placed, found.waiting, found.relayed) == (len(luggage.rows), 0, 0)
    assert rows() == before
    assert not Store.objects.filter(dirty_bit=True).exists()
    # Nothing is to be sent back.
    assert not any(
        model.syncing_objects.filter(_morango_dirty_bit=True).exists() for model in syncable_models.get_models(PROFILE)
    )


def test_placing_changes_nothing_in_the_store(luggage: Luggage) -> None:
    before = {pk: row.serialized for pk, row in luggage.rows.items()}
    luggage.put()
    settle()
    assert stored() == before


def test_morango_s_own_ways_lead_here(luggage: Luggage) -> None:
    luggage.put()
    bad = changed(luggage.of("membership")[0], collection_id=5)
    bad.save()
    MorangoProfileController(PROFILE).deserialize_from_store(filter=Filter(luggage.dataset_id))
    assert reason(bad) == "wrong_value"
    assert Classroom.objects.exists()


def test_twice_changes_nothing(luggage: Luggage) -> None:
    luggage.put()
    settle()
    Store.objects.update(dirty_bit=True)
    before = rows()
    assert settle().placed == len(luggage.rows)
    assert rows() == before


def test_children_wait_for_their_parents_and_come_with_them(luggage: Luggage) -> None:
    people = luggage.of("facilityuser")
    luggage.put(row for row in luggage.rows.values() if row not in people)
    found = settle()
    assert not Role.objects.exists()
    assert found.waiting == len(luggage.of("role")) + len(luggage.of("membership"))
    assert {reason(row) for row in luggage.of("role")} == {"missing"}
    luggage.put(people)
    assert settle().waiting == 0
    assert Role.objects.count() == len(luggage.of("role"))
    assert Membership.objects.count() == len(luggage.of("membership"))


def test_a_group_s_member_whose_class_comes_later_in_the_order_of_ids(luggage: Luggage, monkeypatch) -> None:
    """One record a batch: whichever comes first."""
    monkeypatch.setattr(settling, "BATCH", 1)
    luggage.put()
    assert settle().waiting == 0
    group = LearnerGroup.objects.get()
    assert Membership.objects.filter(collection=group).count() == 2


def test_an_exception_of_ours_sets_one_record_aside(luggage: Luggage, monkeypatch) -> None:
    first = luggage.of("role")[0]

    def save(self: Role, *args, **kwargs) -> None:
        if self.pk == first.pk:
            raise TypeError("a fault of ours")
        super(Role, self).save(*args, **kwargs)

    monkeypatch.setattr(Role, "save", save)
    monkeypatch.setattr("kolibri.core.sync.arrivals.plans._plans", {})
    luggage.put()
    assert settle().waiting == 1
    assert reason(first) == "failed"
    assert Role.objects.count() == len(luggage.of("role")) - 1
    assert Membership.objects.count() == len(luggage.of("membership"))


@pytest.mark.parametrize("place", ["deserialize", "clean_fields", "check_rules"])
def test_so_does_one_before_saving(luggage: Luggage, monkeypatch, place: str) -> None:
    def fail(*args, **kwargs) -> None:
        raise TypeError("a fault of ours")

    monkeypatch.setattr(Membership, place, fail)
    luggage.put()
    assert settle().waiting == len(luggage.of("membership"))
    assert {reason(row) for row in luggage.of("membership")} == {"failed"}
    assert Role.objects.count() == len(luggage.of("role"))


def test_what_the_database_refuses_stands_aside_alone(luggage: Luggage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two learners of one picture password, were none to give way: the later one waits until the other has another."""
    monkeypatch.setattr(pictures, "part", lambda model, records: [])
    first, second = sorted(luggage.of("facilityuser"), key=lambda row: row.pk)[:2]
    for row in (first, second):
        changed(row, picture_password="1.2.3")
    luggage.put()
    found = settle()
    assert reason(second) == "taken"
    assert FacilityUser.objects.count() == len(luggage.of("facilityuser")) - 1
    assert found.waiting > 1
    FacilityUser.objects.get(pk=first.pk)
    changed(first, picture_password=None)
    first.dirty_bit, first.deserialization_exception = True, None
    first.save()
    assert settle().waiting == 0


def test_what_was_refused_is_looked_at_again_only_when_asked(luggage: Luggage) -> None:
    row = luggage.of("classroom")[0]
    good = row.serialized
    changed(row, kind="school")
    luggage.put()
    settle()
    assert reason(row) == "wrong_value"
    Store.objects.filter(pk=row.pk).update(serialized=good)
    assert settle().placed == 0
    assert settle(again=True).waiting == 0
    assert Classroom.objects.exists()


def test_it_can_be_stopped_and_taken_up(luggage: Luggage, monkeypatch) -> None:
    monkeypatch.setattr(settling, "BATCH", 3)
    luggage.put()
    calls = []

    def pulse() -> None:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        settle(pulse=pulse)
    placed = Store.objects.filter(dirty_bit=False).count()
    assert 0 < placed < len(luggage.rows)
    assert len(rows()) == placed
    assert settle().placed == len(luggage.rows) - placed


def test_progress_is_told(luggage: Luggage) -> None:
    luggage.put()
    told: list[tuple[int, int]] = []
    settle(progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(luggage.rows), len(luggage.rows))
    assert told == sorted(told)


def test_what_was_deleted_elsewhere_goes_and_is_not_told_again(luggage: Luggage) -> None:
    luggage.put()
    settle()
    group = luggage.of("learnergroup")[0]
    Store.objects.filter(pk=group.pk).update(deleted=True, dirty_bit=True)
    found = settle()
    assert found.removed == 1
    assert not LearnerGroup.objects.exists()
    assert not Membership.objects.filter(collection_id=group.pk).exists()
    assert not placing.DeletedModels.objects.exists()
    assert reason(group) == ""


def test_a_tombstone_of_what_was_never_here_is_settled(luggage: Luggage) -> None:
    row = luggage.of("adhoclearnersgroup") or luggage.of("learnergroup")
    row[0].deleted = True
    luggage.put(row[:1])
    assert settle().waiting == 0
    assert reason(row[0]) == ""
    assert not AdHocGroup.objects.exists()


def test_what_hangs_on_something_deleted_goes_with_it(luggage: Luggage) -> None:
    group = luggage.of("learnergroup")[0]
    group.deleted = True
    luggage.put()
    assert settle().waiting == 0
    inside = [row for row in luggage.of("membership") if group.pk in row.serialized]
    assert inside
    for row in inside:
        row.refresh_from_db()
        assert row.deleted
        assert not row.dirty_bit


def test_a_change_made_here_is_not_lost(luggage: Luggage) -> None:
    """morango's rule: what was changed here since the last sync wins over what arrives."""
    luggage.put()
    settle()
    row = luggage.of("classroom")[0]
    Store.objects.filter(pk=row.pk).update(serialized=changed(row, name="Theirs").serialized, dirty_bit=True)
    Classroom.objects.filter(pk=row.pk).update(name="Ours")
    settle()
    assert Classroom.objects.get().name == "Ours"
    row.refresh_from_db()
    assert json.loads(row.serialized)["name"] == "Ours"
    assert "Theirs" in row.conflicting_serialized_data


def test_an_anonymous_visit_is_taken_in(school: School) -> None:
    made = records(school.learner)["attemptlog"]
    assert isinstance(made, AttemptLog)
    partition = f"{school.facility.dataset_id}:anonymous"
    visit = made.sessionlog
    visit.user, visit._morango_partition = None, partition
    text = f"{partition}::{visit._morango_source_id}::contentsessionlog"
    visit.id = __import__("hashlib").sha256(text.encode()).hexdigest()[:32]
    visit._state.adding = True
    visit.save(force_insert=True)
    luggage = pack(school)
    luggage.put()
    assert settle().waiting == 0
    assert not Lesson.objects.exists()
