"""Two learners to whom two computers gave the same three pictures: both are there, and one gets others."""

from __future__ import annotations

import json

import pytest
from morango.models import Store

from kolibri.core.auth import pictures
from kolibri.core.auth.models import FacilityUser
from kolibri.core.sync.arrivals.settling import settle
from tests.core.sync.arrivals.travel import Luggage
from tests.core.sync.arrivals.travel import changed


def two(luggage: Luggage) -> tuple[Store, Store]:
    """Return the records of two learners of the same pictures, who joined first before who joined later."""
    with_rights = {json.loads(row.serialized)["user_id"] for row in luggage.of("role")}
    first, second = [row for row in luggage.of("facilityuser") if row.pk not in with_rights][:2]
    for row, joined in ((first, "2026-01-05"), (second, "2026-02-05")):
        changed(row, picture_password="1.2.3", date_joined=f"{joined} 08:00:00.000000(UTC)")
    return first, second


def codes(*rows: Store) -> list[str | None]:
    found = dict(FacilityUser.all_objects.values_list("pk", "picture_password"))
    return [found[row.pk] for row in rows]


def is_sent(row: Store) -> bool:
    return bool(FacilityUser.all_objects.get(pk=row.pk)._morango_dirty_bit)


def test_both_arrive_at_once(luggage: Luggage) -> None:
    first, second = two(luggage)
    luggage.put()
    assert settle().waiting == 0
    kept, new = codes(first, second)
    assert kept == "1.2.3" and new not in (None, "1.2.3")
    assert (is_sent(first), is_sent(second)) == (False, True)


@pytest.mark.parametrize("is_first_here", [True, False])
def test_one_is_here_already(luggage: Luggage, is_first_here: bool) -> None:
    first, second = two(luggage)
    there, comes = (first, second) if is_first_here else (second, first)
    luggage.put([row for row in luggage.rows.values() if row.pk != comes.pk])
    settle()
    comes.save()
    assert settle().waiting == 0
    kept, new = codes(first, second)
    assert kept == "1.2.3" and new not in (None, "1.2.3")
    assert (is_sent(first), is_sent(second)) == (False, True)
    # What is sent says so, and settles nothing anew.
    settle()
    assert json.loads(Store.objects.get(pk=second.pk).serialized)["picture_password"] == new
    assert not is_sent(second)


def test_two_who_change_places(luggage: Luggage) -> None:
    """A code that one learner gives up in an arrival is free for the other one of the same."""
    first, second = two(luggage)
    changed(second, picture_password="4.5.6")
    luggage.put()
    settle()
    for row, code in ((first, "4.5.6"), (second, "1.2.3")):
        body = json.loads(row.serialized)
        Store.objects.filter(pk=row.pk).update(
            serialized=json.dumps({**body, "picture_password": code}), dirty_bit=True
        )
    assert settle().waiting == 0
    assert codes(first, second) == ["4.5.6", "1.2.3"]
    assert not is_sent(first) and not is_sent(second)


def test_who_was_removed_gives_way(luggage: Luggage) -> None:
    first, second = two(luggage)
    changed(first, date_deleted="2026-03-05 08:00:00.000000(UTC)")
    luggage.put()
    assert settle().waiting == 0
    assert codes(first, second) == [None, "1.2.3"]


def test_where_no_pictures_are_left_the_learner_comes_without(
    luggage: Luggage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_CODES", ("1.2.3",))
    first, second = two(luggage)
    luggage.put()
    assert settle().waiting == 0
    assert codes(first, second) == ["1.2.3", None]
    assert is_sent(second)
