"""The order of names in lists: as people count and read, on every database the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolibri.core.auth import by_name
from kolibri.core.auth import coaches
from kolibri.core.auth import services
from kolibri.core.auth import usernames
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.namesakes import namesakes
from tests.schools import School


@pytest.mark.parametrize(
    "ordered",
    [
        ["Learner 1", "Learner 2", "Learner 2b", "Learner 10", "Learner 100"],
        ["2 Lions", "10 Lions", "Lions"],
        ["Grade 1", "Grade2", "Grade 3", "Grade10"],
        ["Grade 4 group 9", "Grade 4 group 10", "Grade 10 group 1"],
        ["Class ٢", "Class ٣", "Class ١٠"],
        ["Class ９", "Class 10"],
        ["Amina", "Élodie", "esi", "Zainab"],
        ["Lucia Abad", "Lucía Bello", "LUCIA CRUZ"],
        ["أحمد", "بلال", "محمد"],
        # The same number: by the signs, so that it is one order and not two.
        ["Class 007", "Class 7", "Class 8"],
        ["", "A"],
    ],
)
def test_the_order(ordered: list[str]) -> None:
    shuffled = ordered[:]
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=by_name.key) == ordered


@given(st.lists(st.text("aAéEß 0179٣²½９-\x00\u0301عक्ि가"), max_size=8))
def test_all_that_can_be_written_has_one_place(names: list[str]) -> None:
    names.sort(key=by_name.key)
    again = names[::-1]
    again.sort(key=by_name.key)
    assert again == names


def test_a_number_without_end_is_no_trouble() -> None:
    assert by_name.key("9" * 10_000) > by_name.key("10")


@pytest.mark.django_db
def test_people_of_one_name_by_username_and_without_one_by_that(school: School) -> None:
    made = services.add_learners(
        school.classroom, [("Ines 10", "zoe"), ("Ines 2", "b10"), ("Ines 2", "b9"), ("Ines 3", "ines5")]
    )
    FacilityUser.objects.filter(pk=made[3].pk).update(full_name="")
    found = by_name.people(FacilityUser.objects.filter(pk__in=[one.pk for one in made]))
    assert [one.username for one in found] == ["b9", "b10", "ines5", "zoe"]


@pytest.mark.django_db
def test_it_costs_no_query_more(school: School, django_assert_num_queries) -> None:
    for number in range(3):
        person = services.create_person(
            school.facility, username=f"t{number}", full_name=f"Coach {11 - number}", password="chalk-slate"
        )
        services.give_role(person, school.classroom, "coach")
    with django_assert_num_queries(1):
        found = coaches.coaches_of(school.classroom)
    assert [str(one) for one in found] == ["Class Coach", "Coach 9", "Coach 10", "Coach 11"]


# As they stand before an Arabic name that was copied from a document: marks of direction, and of the file's beginning.
@pytest.mark.parametrize("mark", ["\u200f", "\u200e", "\u202b", "\u2067", "\ufeff", "\u200b"])
def test_marks_that_nobody_sees_count_for_nothing(mark: str) -> None:
    ahmed, zainab = "أحمد علي", "زينب"
    assert sorted([zainab, mark + ahmed], key=by_name.key) == [mark + ahmed, zainab]
    assert namesakes([("a", mark + ahmed), ("b", ahmed)]) == {"a", "b"}
    assert usernames.fold(mark + ahmed) == usernames.fold(ahmed)
    assert usernames.parse_names(f"{mark}{ahmed}{mark}\n") == [ahmed]
    # A joiner is spelling.
    assert usernames.fold("می\u200cرود") != usernames.fold("میرود")
