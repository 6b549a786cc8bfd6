"""The lanes by themselves: what is free, how waits grow, what is forgotten, what a crowd gains."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies

from kolibri.core.auth import signing_in_limits as limits
from kolibri.core.auth.signing_in_limits import Guesses
from kolibri.core.auth.signing_in_limits import Lane
from kolibri.core.auth.signing_in_limits import Pace
from kolibri.errors import TooOften
from tests.signin.conftest import Clock

PACE = Pace(free=4, first=10.0, forgets=100.0)
LANE = Lane("a door", PACE, forgiven=True)


def try_wrongly(*lanes: Lane) -> int:
    """Return 0 for a try that was let through and was wrong, else the seconds to wait."""
    try:
        ticket = limits.enter(lanes or [LANE])
    except TooOften as error:
        return error.wait
    ticket.failed()
    return 0


@pytest.mark.parametrize(
    ("passes", "waits"),
    [
        # Seconds before each try, and what it is told.
        ([0] * 5, [0, 0, 0, 0, 10]),
        ([0, 0, 0, 0, 4, 6], [0, 0, 0, 0, 6, 0]),
        ([0, 0, 0, 0, 10, 0, 20, 0], [0, 0, 0, 0, 0, 20, 0, 40]),
        ([0, 0, 0, 0, 10, 20, 40, 80, 0], [0, 0, 0, 0, 0, 0, 0, 0, 80]),
        # After long enough everything is free again.
        ([0, 0, 0, 0, 400, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 10]),
        # One that is spread out never waits.
        ([100] * 30, [0] * 30),
    ],
)
def test_waits_grow_and_are_forgotten(db, clock: Clock, passes: list[int], waits: list[int]) -> None:
    told = []
    for seconds in passes:
        clock.pass_(seconds)
        told.append(try_wrongly())
    assert told == waits


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=strategies.lists(strategies.floats(0, 300, allow_nan=False), min_size=1, max_size=60))
def test_whatever_the_rhythm_only_so_many_are_let_through(db, clock: Clock, steps: list[float]) -> None:
    Guesses.objects.all().delete()
    began, through = clock.now, 0
    for seconds in steps:
        clock.pass_(seconds)
        told = try_wrongly()
        through += not told
        assert 0 <= told <= PACE.forgets
        # The free ones, the few while the waits still grow, and one in each time of forgetting.
        growing = 4
        assert through <= PACE.free + growing + (clock.now - began) / PACE.forgets + 1


def test_a_day_of_guessing_at_one_name_is_few_guesses(db, clock: Clock) -> None:
    from kolibri.core.auth.signing_in import NAME

    lane, through = Lane("one name", NAME), 0
    ends = clock.now + 24 * 3600
    while clock.now < ends:
        wait = try_wrongly(lane)
        through += not wait
        clock.pass_(wait)
    assert NAME.free < through < NAME.free + 160


def test_waiting_costs_nothing_more(db, clock: Clock) -> None:
    for _ in range(4):
        try_wrongly()
    for _ in range(50):
        assert try_wrongly() == 10
    clock.pass_(10)
    assert try_wrongly() == 0


def test_a_right_try_empties_its_own_lane_and_takes_itself_out_of_the_others(db, clock: Clock) -> None:
    own, shared = LANE, Lane("all of an address", PACE)
    for _ in range(3):
        try_wrongly(own, shared)
    limits.enter([own, shared]).succeeded()
    assert not Guesses.objects.filter(key=own.key).exists()
    assert Guesses.objects.get(key=shared.key).level == pytest.approx(3)
    assert try_wrongly(shared) == 0
    assert try_wrongly(shared) == 10


def test_who_makes_no_mistake_writes_nothing(db, clock: Clock, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        limits.enter([LANE, Lane("another", PACE)]).succeeded()
    assert not Guesses.objects.exists()


def test_a_clock_that_was_set_back_locks_nobody_out(db, clock: Clock) -> None:
    for _ in range(4):
        try_wrongly()
    assert try_wrongly() == 10
    clock.pass_(-3600 * 24 * 365)
    assert try_wrongly() == 0
    assert try_wrongly() == 0


def test_a_little_difference_between_two_clocks_frees_nobody(db, clock: Clock) -> None:
    for _ in range(4):
        try_wrongly()
    clock.pass_(-30)
    assert try_wrongly() == 10


def test_rows_that_say_nothing_any_more_go(db, clock: Clock) -> None:
    for number in range(20):
        try_wrongly(Lane(f"name {number}", PACE))
    clock.pass_(1000)
    try_wrongly()
    assert Guesses.objects.count() == 21
    clock.pass_(3600)
    try_wrongly()
    assert Guesses.objects.count() == 1


def test_the_table_names_nobody(db, clock: Clock) -> None:
    try_wrongly(Lane("near:amina:203.0.113.7", PACE))
    row = Guesses.objects.values_list().get()
    assert "amina" not in str(row) and "203" not in str(row[0])


def test_many_at_once_are_let_through_no_more_than_one_by_one(transactional_db) -> None:
    """From half full on the tries are counted before they are made, on both databases."""
    pace = Pace(free=10, first=60.0, forgets=600.0)
    lane = Lane("a crowd's", pace)
    for _ in range(5):
        try_wrongly(lane)
    told: list[int] = []
    begin = threading.Barrier(20)

    def one() -> None:
        try:
            begin.wait()
            told.append(try_wrongly(lane))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 20
    assert told.count(0) == 5


def test_the_count_outlives_the_process(db, clock: Clock) -> None:
    """Nothing of it stands in the process or its cache."""
    from django.core.cache import cache

    for _ in range(4):
        try_wrongly()
    cache.clear()
    assert Guesses.objects.get(key=LANE.key).level == 4
    assert try_wrongly() == 10


def test_requests_that_share_lanes_never_end_in_a_deadlock(transactional_db) -> None:
    """Lanes in different orders, new ones and old ones, while all of them drop what is empty."""
    lanes = [Lane(f"lane {number}", Pace(free=1000, first=1.0, forgets=0.001)) for number in range(6)]
    Guesses.objects.bulk_create(Guesses(key=f"old {number}", level=1, at=1, empty_at=2) for number in range(900))
    faults: list[Exception] = []

    def many(number: int) -> None:
        try:
            for turn in range(25):
                order = lanes[(number + turn) % 6 :] + lanes[: (number + turn) % 6]
                limits.enter(order[:4]).failed()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=many, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Guesses.objects.filter(key__startswith="old").count() == 0
    assert Guesses.objects.count() == 6
