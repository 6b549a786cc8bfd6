"""A steady viewset answers what the same viewset answers that puts its SQL together each time."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Count
from django.db.models import Q
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIRequestFactory
from rest_framework.test import force_authenticate

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Role
from kolibri.core.compiled import Compiled
from kolibri.core.compiled import CompiledObjects
from kolibri.core.fields import local_now
from kolibri.core.lessons import services
from kolibri.core.lessons.api import LessonViewset
from kolibri.core.lessons.models import Lesson
from kolibri.core.values.pages import count_of
from tests.schools import School
from tests.schools import make_school
from tests.schools import make_superuser


class Plain(LessonViewset):
    """The same, each time from the beginning."""

    steady = False


@pytest.fixture
def lessons(school: School) -> list[Lesson]:
    other = make_school("Valley School", prefix="v_")
    one = [learner.pk for learner in school.learners[:2]]
    made = [
        services.create_lesson(
            school.coach,
            collection=school.classroom,
            title=f"Lesson {number}",
            assignments=[school.classroom.pk],
            learner_ids=one if number % 2 else [],
            is_active=number != 3,
        )
        for number in range(5)
    ]
    services.create_lesson(other.coach, collection=other.classroom, title="Elsewhere", is_active=True)
    return made


def answers(viewset: Any, person: FacilityUser | None, query: str = "", **kwargs: Any) -> tuple[int, Any]:
    request = APIRequestFactory().get(f"/api/lesson/{query}")
    if person is not None:
        force_authenticate(request, FacilityUser.objects.get(pk=person.pk))
    action = "retrieve" if kwargs else "list"
    response = viewset.as_view({"get": action})(request, **kwargs)
    response.render()
    return response.status_code, response.content


QUERIES = (
    "",
    "?page_size=2",
    "?page_size=2&page=2",
    "?page_size=2&page=9",
    "?collection={classroom}",
    "?id={lesson}",
    "?collection=" + "0" * 32,
    "?collection=x",
)


@pytest.mark.parametrize("query", QUERIES)
def test_lists_are_the_same(school: School, lessons: list[Lesson], query: str) -> None:
    address = query.format(classroom=school.classroom.pk, lesson=lessons[1].pk)
    for person in (school.admin, school.coach, school.learner, school.learners[4], None):
        # Twice: what is kept the first time is used the second.
        for _ in range(2):
            assert answers(LessonViewset, person, address) == answers(Plain, person, address)


def test_one_lesson_is_the_same(school: School, lessons: list[Lesson]) -> None:
    foreign = Lesson.objects.get(title="Elsewhere")
    for key in (lessons[1].pk, lessons[3].pk, foreign.pk, "0" * 32, "x"):
        for person in (school.admin, school.coach, school.learner, None):
            for _ in range(2):
                assert answers(LessonViewset, person, pk=key) == answers(Plain, person, pk=key)
    assert answers(LessonViewset, school.coach, pk=lessons[1].pk)[0] == 200
    assert answers(LessonViewset, school.learner, pk=lessons[3].pk)[0] == 404


def test_rows_that_join_or_add_something_take_the_usual_way(school: School, lessons: list[Lesson]) -> None:
    for queryset in (
        Lesson.objects.filter(collection__name="Grade 4"),
        Lesson.objects.annotate(many=Count("lesson_assignments")).filter(many__gt=1),
        Lesson.objects.filter(lesson_assignments__collection__kind="classroom").distinct(),
        Lesson.objects.order_by(Lower("title")),
        Lesson.objects.extra(where=["title <> ''"]),
        Lesson.objects.filter(Q(title="Lesson 1") | Q(title__in=["Lesson 2", "Lesson 4"])),
        Lesson.objects.exclude(title="Lesson 1").order_by("title")[1:3],
        Lesson.objects.none(),
        Lesson.objects.all(),
    ):
        assert LessonViewset.fetch(queryset) == Plain.fetch(queryset)
        assert LessonViewset().serialize(queryset) is not None
        assert count_of(queryset) == queryset.count()


def test_sql_is_put_together_once_for_a_form_of_list(
    school: School, lessons: list[Lesson], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(LessonViewset, school.coach, "?page_size=2")
    monkeypatch.setattr(LessonViewset, "annotate_queryset", None)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert answers(LessonViewset, school.coach, "?page_size=2")[0] == 200
        assert answers(LessonViewset, school.coach, pk=lessons[0].pk)[0] == 200
    assert len([one for one in asked if "json_group_array" in one["sql"] or "ARRAY(" in one["sql"]]) == 2


def test_a_steady_viewset_with_a_queryset_of_its_own_making_is_refused() -> None:
    with pytest.raises(TypeError, match=r"kolibri\.E114"):

        class Moving(LessonViewset):
            def get_queryset(self) -> Any:
                return Lesson.objects.filter(created_by=self.request.user)


def test_a_compiled_statement_names_its_id_once() -> None:
    twice = Compiled(lambda key: Role.objects.filter(Q(user_id=key) | Q(collection_id=key)).values_list("kind"))
    with pytest.raises(ImproperlyConfigured, match="not 2 times"):
        twice.rows("0" * 32)
    never = Compiled(lambda key: Role.objects.values_list("kind"))
    with pytest.raises(ImproperlyConfigured, match="not 0 times"):
        never.rows("0" * 32)


@pytest.mark.parametrize("has_rights", [True, False])
def test_a_compiled_object_is_what_the_queryset_gives(school: School, has_rights: bool) -> None:
    person = make_superuser(school.admin) if has_rights else school.learner
    queryset = FacilityUser.objects.select_related("device_permissions", "dataset")
    compiled = CompiledObjects(queryset)
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            (found,) = compiled.get(person.pk)
            assert found.is_superuser is has_rights
            assert found.dataset.pk == school.facility.dataset_id
        assert len(asked) == 1
        plain = queryset.get(pk=person.pk)
        names = [field.attname for field in FacilityUser._meta.concrete_fields]
        assert [getattr(found, name) for name in names] == [getattr(plain, name) for name in names]
        assert found == plain and not found._state.adding and found._state.db == plain._state.db
        assert set(found._state.fields_cache) == set(plain._state.fields_cache)
    assert compiled.get("0" * 32) == []
    FacilityUser.objects.filter(pk=person.pk).update(full_name="Renamed", date_deleted=local_now())
    assert compiled.get(person.pk) == []
