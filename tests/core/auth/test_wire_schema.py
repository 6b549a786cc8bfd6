"""What leaves this computer is exactly what a peer (Kolibri 0.19.5, morango 0.8.15) expects; see docs/data.md."""

import hashlib
import json

import pytest
from morango.models import ScopeDefinition
from morango.registry import syncable_models

from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from tests.schools import School

MORANGO = {"id", "_morango_source_id", "_morango_partition"}
COLLECTION = {"name", "parent_id", "kind", "dataset_id"}
COLUMNS = {
    "facilitydataset": {
        "description",
        "location",
        "preset",
        "learner_can_edit_username",
        "learner_can_edit_name",
        "learner_can_edit_password",
        "learner_can_sign_up",
        "learner_can_delete_account",
        "learner_can_login_with_no_password",
        "show_download_button_in_learn",
        "enable_mark_attendance",
        "picture_password_settings",
        "extra_fields",
        "registered",
    },
    "facility": COLLECTION,
    "classroom": COLLECTION,
    "learnergroup": COLLECTION,
    "adhoclearnersgroup": COLLECTION,
    "facilityuser": {
        "password",
        "last_login",
        "username",
        "full_name",
        "date_joined",
        "facility_id",
        "gender",
        "birth_year",
        "id_number",
        "extra_demographics",
        "date_deleted",
        "picture_password",
        "dataset_id",
    },
    "role": {"user_id", "collection_id", "kind", "dataset_id"},
    "membership": {"user_id", "collection_id", "dataset_id"},
    "lesson": {
        "title",
        "description",
        "resources",
        "is_active",
        "collection_id",
        "created_by_id",
        "date_created",
        "dataset_id",
    },
    "lessonassignment": {"lesson_id", "collection_id", "assigned_by_id", "dataset_id"},
}


def record(school: School, name: str):
    lesson = create_lesson(school.coach, collection=school.classroom, title="Rain", learner_ids=[school.learner.pk])
    return {
        "facilitydataset": school.facility.dataset,
        "facility": school.facility,
        "classroom": school.classroom,
        "learnergroup": LearnerGroup.objects.get(),
        "adhoclearnersgroup": AdHocGroup.objects.get(),
        "facilityuser": school.learner,
        "role": Role.objects.filter(user=school.coach).first(),
        "membership": Membership.objects.first(),
        "lesson": lesson,
        "lessonassignment": LessonAssignment.objects.first(),
    }[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_records_carry_exactly_the_schema_s_columns(school: School, name: str) -> None:
    found = record(school, name)
    assert found.morango_model_name == name
    assert set(found.serialize()) == COLUMNS[name] | MORANGO


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "facilitydataset"])
def test_ids_are_hashes_of_partition_source_and_name(school: School, name: str) -> None:
    found = record(school, name)
    # A user's partition names the user himself, so the hash is over the place-holder.
    partition = found._morango_partition.replace(found.pk, "${id}")
    text = f"{partition}::{found._morango_source_id}::{name}"
    assert found.pk == hashlib.sha256(text.encode()).hexdigest()[:32]


@pytest.mark.parametrize(
    ("name", "partition"),
    [
        ("facilitydataset", "{ds}:allusers-ro"),
        ("facility", "{ds}:allusers-ro"),
        ("classroom", "{ds}:allusers-ro"),
        ("learnergroup", "{ds}:allusers-ro"),
        ("adhoclearnersgroup", "{ds}:allusers-ro"),
        ("facilityuser", "{ds}:user-ro:{own}"),
        ("role", "{ds}:user-ro:{user}"),
        ("membership", "{ds}:user-ro:{user}"),
        ("lesson", "{ds}"),
        ("lessonassignment", "{ds}"),
    ],
)
def test_partitions_follow_the_schema(school: School, name: str, partition: str) -> None:
    found = record(school, name)
    wanted = partition.format(ds=school.facility.dataset_id, own=found.pk, user=getattr(found, "user_id", ""))
    assert found._morango_partition == wanted


def test_source_ids_of_the_dependent_records(school: School) -> None:
    role = Role.objects.get(user=school.admin)
    assert role._morango_source_id == f"{role.collection_id}:{role.kind}"
    assignment = record(school, "lessonassignment")
    assert assignment._morango_source_id == f"{assignment.lesson_id}:{assignment.collection_id}"


def test_json_and_moments_travel_as_text(school: School) -> None:
    user = school.learner.serialize()
    assert user["extra_demographics"] == "null"
    assert user["date_joined"].endswith("(UTC)")
    assert user["password"] == "NOT_SPECIFIED"
    lesson = record(school, "lesson").serialize()
    assert json.loads(lesson["resources"]) == []


def test_a_record_survives_the_journey(school: School) -> None:
    lesson = record(school, "lesson")
    again = type(lesson).deserialize(json.loads(json.dumps(lesson.serialize())))
    assert again.serialize() == lesson.serialize()
    person = FacilityUser.deserialize({**school.learner.serialize(), "password": ""})
    assert person.serialize() == school.learner.serialize()


def test_parents_are_placed_before_children() -> None:
    order = [model.morango_model_name for model in syncable_models.get_models("facilitydata")]
    # The logs' columns are held beside their models; our own records travel beside the schema's.
    own = {"lessonplan", "classplan", "lessontemplate", "doorsettings", "personsettings"}
    assert {name for name in order if not name.endswith("log")} == set(COLUMNS) | own
    pairs = [("facilitydataset", "facility"), ("facility", "classroom"), ("classroom", "learnergroup")]
    pairs += [("facility", "facilityuser"), ("facilityuser", "role"), ("facilityuser", "lesson")]
    pairs += [("lesson", "lessonplan"), ("classroom", "classplan"), ("facility", "lessontemplate")]
    pairs += [("facilityuser", "personsettings"), ("contentsummarylog", "masterylog"), ("masterylog", "attemptlog")]
    assert all(order.index(first) < order.index(second) for first, second in pairs)


def test_both_certificate_scopes_are_there(db: None) -> None:
    full = ScopeDefinition.objects.get(pk="full-facility")
    assert (full.version, full.primary_scope_param_key) == (1, "dataset_id")
    assert full.read_write_filter_template == "${dataset_id}"
    assert full.read_filter_template == full.write_filter_template == ""
    single = ScopeDefinition.objects.get(pk="single-user")
    assert single.primary_scope_param_key == ""
    assert single.read_filter_template == "${dataset_id}:allusers-ro\n${dataset_id}:user-ro:${user_id}"
    assert single.write_filter_template == "${dataset_id}:anonymous"
    assert single.read_write_filter_template == "${dataset_id}:user-rw:${user_id}"
