"""Queries do not grow with rows, and no list takes more than its viewset says."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db.models import Count
from django.db.models import Q

from kolibri import urls  # noqa: F401  (every viewset is imported)
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesViewset
from kolibri.core.api import registry
from kolibri.core.auth import services
from kolibri.core.auth.constants.collection_kinds import ADHOCLEARNERSGROUP
from kolibri.core.content.models import File
from kolibri.core.content.models import LocalFile
from kolibri.core.fields import local_now
from kolibri.core.lessons.api import LessonViewset
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.query import annotate_array_aggregate
from kolibri.core.values.budgets import assert_query_budget
from kolibri.core.values.budgets import queries_of
from tests.access.test_matrix import make_channel
from tests.budget_marker import bounded
from tests.schools import School

LISTS = [
    viewset
    for viewset in registry
    if viewset.__module__.startswith("kolibri.") and issubclass(viewset, ReadOnlyValuesViewset | ValuesViewset)
]


def fill(school: School, times: int) -> None:
    """Add `times` of everything that a list shows."""
    for number in range(times):
        word = f"{number}{uuid.uuid4().hex[:6]}"
        room = services.create_classroom(school.facility, f"Room {word}")
        (learner,) = services.add_learners(room, [(f"Learner {word}", f"l{word}")])
        services.give_role(school.coach, room, "coach")
        services.create_group(room, f"Group {word}", [learner])
        create_lesson(
            school.coach,
            collection=room,
            title=f"Lesson {word}",
            assignments=[room.pk],
            learner_ids=[learner.pk],
            is_active=True,
        )
        node = make_channel(uuid.uuid4().hex)
        stored = LocalFile.objects.create(id=uuid.uuid4().hex, extension="mp4", file_size=9, available=True)
        File.objects.create(id=uuid.uuid4().hex, contentnode=node, local_file=stored, preset="high_res_video")
        ContentSummaryLog(user=learner, content_id=node.content_id, kind="video", start_timestamp=local_now()).save()


@pytest.mark.acceptance("P4", "R14", "C3", "H6")
def test_every_list_keeps_its_budget_whatever_the_rows(school: School) -> None:
    assert len(LISTS) > 10
    people = (school.learner, school.coach, school.admin)
    seen: list[dict[tuple[str, str, str], int]] = []
    for times in (1, 12):
        fill(school, times)
        counted = {}
        for viewset in LISTS:
            for query in ("", "page_size=5"):
                for person in people:
                    counted[viewset.__name__, query, person.username] = assert_query_budget(
                        viewset, user=person, query=query
                    )
        seen.append(counted)
    assert seen[0] == seen[1]
    # A budget is what is needed, not more.
    for viewset in LISTS:
        assert max(many for (name, query, _), many in seen[1].items() if name == viewset.__name__ and not query) == (
            viewset.query_budget
        ), viewset


@pytest.mark.acceptance("P4")
def test_a_list_over_its_budget_fails_with_its_queries(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(school, 1)

    class Chatty(LessonViewset):
        steady = False
        query_budget = 4

        def consolidate(self, items: Any, queryset: Any) -> Any:
            if items:
                Lesson.objects.count()
            return items

    with pytest.raises(AssertionError, match=r"Chatty may take 4 queries for a list and took 5:[\s\S]*COUNT\(\*\)"):
        assert_query_budget(Chatty, user=school.coach)
    monkeypatch.setattr(Chatty, "query_budget", None)
    with pytest.raises(TypeError, match="no query_budget"):
        assert_query_budget(Chatty, user=school.coach)
    assert assert_query_budget(Chatty, 5, user=school.coach) == 5


@pytest.mark.query_budget(1)
@pytest.mark.acceptance("P4")
def test_the_marker_bounds_a_whole_test(school: School) -> None:
    assert Lesson.objects.count() == 0


@pytest.mark.acceptance("P4")
def test_a_test_that_asks_more_than_its_marker_says_fails(school: School) -> None:
    with (
        pytest.raises(AssertionError, match="test_two may take 1 queries and took 2:\n.*COUNT"),
        bounded("test_two", 1),
    ):
        Lesson.objects.count()
        Lesson.objects.count()


class Guide(LessonViewset):
    """The guide's complete example reads its single learners in `consolidate`."""

    steady = False
    passthrough = ()
    values = ("id", "title")
    field_map = {}

    def annotate_queryset(self, queryset: Any) -> Any:
        return queryset

    def consolidate(self, items: Any, queryset: Any) -> Any:
        if not items:
            return items
        lesson_ids = [item["id"] for item in items]
        adhoc_assignments = LessonAssignment.objects.filter(
            lesson_id__in=lesson_ids, collection__kind=ADHOCLEARNERSGROUP
        )
        adhoc_assignments = annotate_array_aggregate(adhoc_assignments, learner_ids="collection__membership__user_id")
        adhoc_map = {a["lesson"]: a for a in adhoc_assignments.values("lesson", "learner_ids")}
        for item in items:
            if item["id"] in adhoc_map:
                item["learner_ids"] = adhoc_map[item["id"]]["learner_ids"]
            else:
                item["learner_ids"] = []
        return items


class Bare(Guide):
    def consolidate(self, items: Any, queryset: Any) -> Any:
        return items


@pytest.mark.acceptance("F3")
def test_the_guides_consolidate_costs_one_query(school: School) -> None:
    # Nothing to look up for, nothing asked.
    assert len(queries_of(Guide, school.coach)) == len(queries_of(Bare, school.coach))
    for times in (1, 30):
        fill(school, times)
        assert len(queries_of(Guide, school.coach)) == len(queries_of(Bare, school.coach)) + 1


@pytest.mark.acceptance("R12")
def test_a_count_with_a_filter_is_right(school: School) -> None:
    """`active_count=Count("id", filter=Q(is_active=True))` of one lesson is 0 or 1; of a class it tells something."""
    fill(school, 2)
    Lesson.objects.filter(title__startswith="Lesson 0").update(is_active=False)
    counted = Lesson.objects.annotate(active_count=Count("id", filter=Q(is_active=True)))
    assert sorted(counted.values_list("active_count", flat=True)) == [0, 1]
    assert Lesson.objects.aggregate(many=Count("id", filter=Q(is_active=True))) == {"many": 1}


@pytest.mark.acceptance("R15")
def test_single_learners_and_all_learners_are_two_lists(school: School) -> None:
    one = school.learner.pk
    lesson = create_lesson(
        school.coach, collection=school.classroom, title="Rain", assignments=[school.classroom.pk], learner_ids=[one]
    )
    (item,) = LessonViewset.fetch(Lesson.objects.filter(pk=lesson.pk))
    assert item["learner_ids"] == [one]
    (all_of_them,) = annotate_array_aggregate(
        Lesson.objects.filter(pk=lesson.pk),
        distinct=True,
        assigned_learner_ids="lesson_assignments__collection__membership__user_id",
    ).values_list("assigned_learner_ids", flat=True)
    assert all_of_them == sorted(learner.pk for learner in school.learners)
