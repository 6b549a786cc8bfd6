"""Runs inside Kolibri's own Python: a school there with something in every field of every kind that syncs.

Imported by `kolibri_side` only, which has started Kolibri. Imports nothing of ours.
"""

import datetime
import uuid

from django.utils import timezone
from kolibri.core.auth.utils.picture_passwords import assign_picture_password
from morango.registry import syncable_models

from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment

# What a default, or a field that others are computed from, must keep.
_KEPT = {("exam", "data_model_version"), ("exam", "question_count")}
# Of fields whose type does not say what they may hold.
_VALUES = {
    ("exam", "question_sources"): [
        {
            "section_id": "a" * 32,
            "section_title": "Ñandú",
            "description": "",
            "learners_see_fixed_order": False,
            "questions": [{"exercise_id": "b" * 32, "question_id": "c" * 32, "title": "1 ☼", "counter_in_exercise": 1}],
        }
    ],
    ("contentsummarylog", "kind"): "exercise",
    ("contentsessionlog", "kind"): "exercise",
    ("learnerdevicestatus", "status"): "RECENTLY_SYNCED",
}


def models():
    return syncable_models.get_models("facilitydata")


def person(name, password=None, **more):
    facility = Facility.objects.get()
    made = FacilityUser(username=name, full_name=f"{name.title()} Ünal", facility=facility, **more)
    made.set_password(password) if password else setattr(made, "password", "NOT_SPECIFIED")
    made.save()
    if facility.dataset.picture_password_settings:
        # As Kolibri does, where its list of people makes one; else it would after a sync.
        assign_picture_password(made, facility)
    return made


def lesson(title, room, author, to):
    resources = [{"contentnode_id": uuid.uuid4().hex, "content_id": uuid.uuid4().hex, "channel_id": uuid.uuid4().hex}]
    made = Lesson.objects.create(
        title=title, collection=room, created_by=author, is_active=True, resources=resources, description="d"
    )
    for collection in to:
        LessonAssignment.objects.create(lesson=made, collection=collection, assigned_by=author)
    return made


def seed():
    """Make the school; return how many rows of each kind there are, and the columns that are empty in all of them."""
    facility = Facility.objects.get()
    _school(facility)
    admin = FacilityUser.objects.get(username="head")
    facility.add_admin(admin)
    room = Classroom.objects.create(name="Grade 4 ☼", parent=facility)
    other = Classroom.objects.create(name="Grade 5", parent=facility)
    group = LearnerGroup.objects.create(name="Readers", parent=room)
    coach = person("coach", "coach-password")
    room.add_coach(coach)
    learners = _learners(room)
    for one in learners[:2]:
        group.add_member(one)
    other.add_member(learners[5])
    single = AdHocGroup.objects.create(name="Ad hoc", parent=room)
    single.add_member(learners[3])
    lesson("Fractions", room, coach, [room])
    lesson("For some", room, coach, [group, single])
    lesson("To be deleted there", room, coach, [room])
    lesson("To be deleted here", room, coach, [room])
    lesson("Changed on both", room, coach, [room])
    lesson("Of grade 5", other, coach, [other])
    for model in models():
        # The rows of what came last are the parents of what comes next.
        if _has_dataset(model) and not model.objects.filter(dataset_id=facility.dataset_id).exists():
            for number in range(3):
                _any_row(model, room, learners[number], number)
    return {
        "kinds": {model.morango_model_name: model.syncing_objects.count() for model in models()},
        "empty": sorted(_empty()),
    }


def _school(facility):
    dataset = facility.dataset
    dataset.description, dataset.location = "On the hill ☼", "Ñandú street"
    dataset.registered = dataset.enable_mark_attendance = dataset.show_download_button_in_learn = True
    dataset.learner_can_edit_password = False
    dataset.picture_password_settings = {"icon_style": "colorful", "show_icon_text": True}
    houses = [{"value": name, "defaultLabel": name, "translations": []} for name in ("red", "blue")]
    field = {"id": "house", "description": "House", "enumValues": houses, "translations": []}
    dataset.extra_fields = {**dataset.extra_fields, "pin_code": "1234", "demographic_fields": [field]}
    dataset.save()


def _learners(room):
    now = timezone.now()
    learners = [person(f"learner{number}", "pencil" if number % 2 else None) for number in range(7)]
    for number, one in enumerate(learners):
        one.gender, one.birth_year, one.id_number = "FEMALE", str(2010 + number), f"N° {number}"
        one.extra_demographics = {"house": "red"}
        one.last_login = now - datetime.timedelta(hours=number, microseconds=number)
        one.save()
        room.add_member(one)
    learners[6].date_deleted = now
    learners[6].save()
    return learners


def _has_dataset(model):
    return any(field.name == "dataset" for field in model._meta.fields)


def _own_fields(model):
    return [one for one in model._meta.fields if one.name not in ("id", "dataset") and "_morango" not in one.name]


def _any_row(model, room, learner, number):
    """A row with something in each field."""
    values = {}
    for field in _own_fields(model):
        name = (model.morango_model_name, field.name)
        if name in _KEPT:
            continue
        if field.many_to_one:
            values[field.name] = _parent(field, room, learner)
        elif name in _VALUES:
            values[field.name] = _VALUES[name]
        else:
            values[field.name] = field.choices[-1][0] if field.choices else _some(field, number)
    if "serialized" in " ".join(values):
        values["collection"] = room
    model(**values).save()


def _parent(field, room, learner):
    target = field.remote_field.model
    if issubclass(target, FacilityUser):
        return learner
    if target._meta.db_table == Classroom._meta.db_table:
        return room
    found = target.objects.order_by("-id")
    if any(one.name == "user" for one in target._meta.fields):
        found = found.filter(user=learner)
    return found.first()


def _some(field, number):
    kind = type(field).__name__
    if "UUID" in kind:
        return uuid.uuid4().hex
    if "Date" in kind:
        return timezone.now() - datetime.timedelta(days=number, microseconds=number)
    if "JSON" in kind:
        some = {"any": ["thing", number, None, "ñ", {"deep": [0.5, True]}]}
        return [some] if field.has_default() and field.get_default() == [] else some
    if "Integer" in kind:
        return number + 1
    if "Float" in kind:
        return 0.25 * (number + 1)
    if "Boolean" in kind:
        return field.get_default() is not True
    return f"Some text ☼ {number}"[: field.max_length]


def _empty():
    """The columns that have no value in any row; a comparison would prove nothing about them."""
    for model in models():
        for field in _own_fields(model):
            values = {str(value) for value in model.syncing_objects.values_list(field.attname, flat=True)}
            if values <= {"None", "", "{}", "[]"}:
                yield f"{model.morango_model_name}.{field.attname}"
