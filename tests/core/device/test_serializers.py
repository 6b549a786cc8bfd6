import pytest
from django.test import override_settings

from kolibri.core.device.serializers import ClassSerializer
from kolibri.core.device.serializers import LanguageSerializer
from kolibri.core.device.serializers import RecoverySerializer
from kolibri.core.device.serializers import SchoolSerializer
from kolibri.core.device.serializers import by_field

SCHOOL = {
    "school_name": "Hill School",
    "full_name": "Amina Bello",
    "username": "amina",
    "password": "blue kettle seven",
}
CLASS = {"classroom_name": "Grade 4", "learners": [{"full_name": "Ben", "username": "ben"}]}


def faults(serializer, data, **context):
    checked = serializer(data=data, context=context)
    return {} if checked.is_valid() else by_field(checked.errors)


@pytest.mark.parametrize(
    "value", ["", "   ", None, 5, True, [], {}, ["Hill"], "a\x00b", "a\nb", "\u200b", "…", "\ud800"]
)
@pytest.mark.parametrize("field", ["school_name", "full_name", "username"])
def test_bad_text_names_its_field(field, value):
    assert list(faults(SchoolSerializer, {**SCHOOL, field: value})) == [field]


@pytest.mark.parametrize("value", ["", None, 5, True, [], {}, "a\x00bcdefghij", "short7!", "x" * 129, "password"])
def test_bad_password_names_its_field(value):
    assert list(faults(SchoolSerializer, {**SCHOOL, "password": value})) == ["password"]


@pytest.mark.parametrize(("field", "most"), [("school_name", 100), ("full_name", 120), ("username", 30)])
def test_too_long_names_its_field(field, most):
    assert faults(SchoolSerializer, {**SCHOOL, field: "x" * most}) == {}
    assert list(faults(SchoolSerializer, {**SCHOOL, field: "x" * (most + 1)})) == [field]


def test_everything_missing_is_told_at_once():
    assert set(faults(SchoolSerializer, {})) == {"school_name", "full_name", "username", "password"}


@pytest.mark.parametrize("data", [[], "text", 5, None])
def test_a_list_where_an_object_belongs_is_refused(data):
    for serializer in (SchoolSerializer, ClassSerializer, RecoverySerializer, LanguageSerializer):
        assert not serializer(data=data).is_valid()


@pytest.mark.parametrize("username", ["a b", "a-b", "a.b", "a@b", "😀"])
def test_usernames_follow_the_rule_of_peers(username):
    assert list(faults(SchoolSerializer, {**SCHOOL, "username": username})) == ["username"]


@pytest.mark.parametrize("username", ["አሚና", "أمينة", "अमीना", "阿米娜", "amina_2"])
def test_usernames_of_every_script(username):
    assert faults(SchoolSerializer, {**SCHOOL, "username": username}) == {}


def test_password_may_be_left_out_when_one_is_kept():
    without = {**SCHOOL, "password": ""}
    assert faults(SchoolSerializer, without, password_is_set=True) == {}
    assert list(faults(SchoolSerializer, {**SCHOOL, "password": "short"}, password_is_set=True)) == ["password"]


@pytest.mark.parametrize("password", ["Hill School", "aminabello", "hillschool12"])
def test_password_is_not_what_the_page_already_says(password):
    assert list(faults(SchoolSerializer, {**SCHOOL, "password": password})) == ["password"]


def test_what_is_wrong_elsewhere_hides_nothing():
    data = {"school_name": "", "full_name": [], "username": "amina", "password": "amina2024"}
    assert set(faults(SchoolSerializer, data)) == {"school_name", "full_name", "password"}
    two = [{"full_name": "Ben", "username": "ben"}, {"full_name": "Bea", "username": "ben"}]
    assert set(faults(ClassSerializer, {"classroom_name": "", "learners": two})) == {
        "classroom_name",
        "learners.1.username",
    }


def test_password_keeps_its_spaces():
    checked = SchoolSerializer(data={**SCHOOL, "password": " blue kettle "})
    checked.is_valid(raise_exception=True)
    assert checked.validated_data["password"] == " blue kettle "


def test_a_class_may_begin_without_learners():
    assert faults(ClassSerializer, {"classroom_name": "Grade 4"}) == {}


@pytest.mark.parametrize(
    ("learners", "fields"),
    [
        ("Ben", ["learners"]),
        (None, ["learners"]),
        ({"full_name": "Ben"}, ["learners"]),
        (["Ben"], ["learners.0.non_field_errors"]),
        ([{"full_name": "Ben", "username": "ben"}, {}], ["learners.1.full_name", "learners.1.username"]),
        ([{"full_name": "B\x00", "username": "ben"}], ["learners.0.full_name"]),
        ([{"full_name": "x" * 121, "username": "ben"}], ["learners.0.full_name"]),
        ([{"full_name": "Ben", "username": "b en"}], ["learners.0.username"]),
        ([{"full_name": "Ben", "username": "ben"}, {"full_name": "Bea", "username": "BEN"}], ["learners.1.username"]),
        ([{"full_name": "Ben", "username": "Amina"}], ["learners.0.username"]),
        ([{"full_name": f"N {i}", "username": f"n{i}"} for i in range(301)], ["learners"]),
    ],
)
def test_bad_learners_name_their_place(learners, fields):
    assert list(faults(ClassSerializer, {**CLASS, "learners": learners}, taken=["amina"])) == fields


def test_three_hundred_learners_are_taken():
    learners = [{"full_name": f"Learner {i}", "username": f"learner{i}"} for i in range(300)]
    assert faults(ClassSerializer, {**CLASS, "learners": learners}) == {}


@override_settings(LANGUAGES=[("en", "English"), ("fr", "French")])
@pytest.mark.parametrize(
    ("language", "is_good"), [("fr", True), ("xx", False), ("", False), (None, False), ([], False)]
)
def test_language_is_one_of_ours(language, is_good):
    assert (faults(LanguageSerializer, {"language": language}) == {}) is is_good


def test_recovery_needs_all_three():
    assert set(faults(RecoverySerializer, {})) == {"username", "code", "password"}
    assert faults(RecoverySerializer, {"username": "amina", "code": "A", "password": "blue kettle seven"}) == {}
    assert list(faults(RecoverySerializer, {"username": "a\x00", "code": "A", "password": "blue kettle"})) == [
        "username"
    ]
