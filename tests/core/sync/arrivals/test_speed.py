"""What it costs that records become rows: queries and memory. Seconds are measured by `make bench ARGS=sync`."""

from __future__ import annotations

import tracemalloc

import pytest
from morango.models import Store
from morango.registry import syncable_models

from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.arrivals.plans import plan_of
from kolibri.core.sync.arrivals.settling import settle
from tests.core.logger.test_wire import records
from tests.core.sync.arrivals.travel import PROFILE
from tests.core.sync.arrivals.travel import Luggage
from tests.core.sync.arrivals.travel import forged
from tests.core.sync.arrivals.travel import pack
from tests.schools import School

# A school of the reference measurement: 97 of 100 records are logs.
RECORDS = 5_741


@pytest.fixture
def many(school: School) -> Luggage:
    records(school.learner)
    luggage = pack(school)
    visit, answer = luggage.of("contentsessionlog")[0], luggage.of("attemptlog")[0]
    made = [forged(visit, source_id=f"{number:032x}") for number in range((RECORDS - len(luggage.rows)) // 2)]
    made += [
        forged(answer, source_id=f"{number:032x}", sessionlog_id=visit.pk)
        for number, visit in enumerate(list(made), start=10**6)
    ]
    luggage.rows |= {row.pk: row for row in made}
    return luggage


def test_every_kind_is_written_many_at_once() -> None:
    """One by one took people five times as long as all the rest of a class that arrives on a stick."""
    assert [model for model in syncable_models.get_models(PROFILE) if not plan_of(model).is_plain] == []


def test_queries_do_not_grow_with_the_records(many: Luggage, django_assert_max_num_queries) -> None:
    many.put()
    batches = len(many.rows) // settling.BATCH + 20
    with django_assert_max_num_queries(batches * 24 + 200):
        found = settle()
    assert found.placed == len(many.rows)


def test_memory_is_that_of_a_batch(many: Luggage) -> None:
    many.put()
    many.rows.clear()
    tracemalloc.start()
    try:
        settle()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Of 5,741 records 400 are in hand at a time; all of them would be ten times that.
    assert most < 12_000_000
    assert not Store.objects.filter(dirty_bit=True).exists()


def test_huge_records_do_not_add_up(school: School) -> None:
    """Thirty of nearly the largest size that is read, and three that are larger: 90 MB, of which few are in hand."""
    luggage = pack(school)
    room = luggage.of("classroom")[0]
    rest = [forged(room, source_id=f"{number:032x}", later="x" * 1_900_000) for number in range(30)]
    rest += [forged(room, source_id=f"{number:032x}", later="x" * 10_000_000) for number in range(30, 33)]
    luggage.put()
    for row in rest:
        luggage.put([row])
    rest.clear()
    tracemalloc.start()
    try:
        found = settle()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.refused == {"too_large": 3}
    assert found.placed == len(luggage.rows) + 30
    assert most < 25_000_000
