from django.http import QueryDict

from kolibri.core.auth import new_learners as names
from kolibri.core.auth.new_learners import Row


def usernames(rows):
    return [row.username for row in rows]


def test_usernames_avoid_the_taken_ones_and_one_another():
    rows = names.propose("Amina Bello\nBen Carter\nBen Carter", [], ["amina"])
    assert usernames(rows) == ["aminab", "ben", "benc"]
    assert all(row.proposed == row.username and not row.is_own for row in rows)


def test_an_own_username_goes_with_the_first_of_two_namesakes():
    first = names.propose("Ben Carter\nBen Carter", [], [])
    edited = [Row("Ben Carter", "captain", "ben"), first[1]]
    assert usernames(names.propose("Ben Carter\nBen Carter", edited, [])) == ["captain", "ben"]


def test_a_proposal_avoids_what_the_teacher_wrote():
    edited = [Row("Carla Diaz", "ben", "carla")]
    assert usernames(names.propose("Carla Diaz\nBen Eke", edited, [])) == ["ben", "bene"]


def test_an_emptied_username_is_proposed_again():
    assert usernames(names.propose("Carla Diaz", [Row("Carla Diaz", "", "carla")], [])) == ["carla"]


def test_rows_travel_through_the_form_and_the_database():
    rows = [Row("Ben Carter", "ben", "ben"), Row("王小明", "ming", "王小明")]
    data = QueryDict(mutable=True)
    for row in rows:
        data.appendlist("learner_name", row.name)
        data.appendlist("learner_username", f" {row.username} ")
        data.appendlist("learner_proposed", row.proposed)
    assert names.from_post(data) == rows
    assert names.from_kept(names.to_kept(rows)) == rows


def test_columns_of_unequal_length_make_no_row_of_halves():
    assert names.from_post(
        QueryDict("learner_name=Ben&learner_name=Bea&learner_username=ben&learner_proposed=ben")
    ) == [Row("Ben", "ben", "ben")]


def test_errors_go_to_their_rows():
    rows = names.with_errors(
        [Row("Ben", "ben", "ben"), Row("Bea", "ben", "bea")],
        {
            "learners.1.username": ["taken"],
            "learners": ["too many"],
            "learners.7.username": ["x"],
            "classroom_name": ["y"],
        },
    )
    assert [row.errors for row in rows] == [(), ("taken",)]


def test_a_very_long_text_is_cut_not_worked_through():
    assert len(names.propose("Ben Carter\n" * 100_000, [], [])) <= names.LONGEST_TEXT // len("Ben Carter\n") + 1
