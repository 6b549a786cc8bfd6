"""Runs inside Kolibri's own Python, with its KOLIBRI_HOME: what people there would do, and what is there.

Each line of its input is a deed, `[NAME, ARGUMENT]`, each line that it prints the answer; both are JSON. Imports
nothing of ours.
"""

import json
import os
import sys
import traceback
import uuid

# Kolibri's own modules come before those beside this file.
sys.path.append(sys.path.pop(0))
# What Kolibri itself prints is no answer.
ANSWERS, sys.stdout = sys.stdout, sys.stderr

from kolibri.main import initialize  # noqa: E402

initialize(skip_update=True)

from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402
from kolibri.core.attendance.models import AttendanceRecord  # noqa: E402
from kolibri.core.bookmarks.models import Bookmark  # noqa: E402
from kolibri.core.content.utils.paths import get_content_storage_file_path  # noqa: E402
from kolibri.core.discovery.models import NetworkLocation  # noqa: E402
from kolibri.core.exams.models import Exam  # noqa: E402
from kolibri_seed import lesson  # noqa: E402
from kolibri_seed import models  # noqa: E402
from kolibri_seed import person  # noqa: E402
from kolibri_seed import seed as _seed  # noqa: E402
from morango.models import Store  # noqa: E402
from morango.models import SyncSession  # noqa: E402

from kolibri.core.auth.models import Classroom  # noqa: E402
from kolibri.core.auth.models import Collection  # noqa: E402
from kolibri.core.auth.models import Facility  # noqa: E402
from kolibri.core.auth.models import FacilityUser  # noqa: E402
from kolibri.core.auth.models import LearnerGroup  # noqa: E402
from kolibri.core.auth.models import Membership  # noqa: E402
from kolibri.core.content.models import ContentNode  # noqa: E402
from kolibri.core.content.models import LocalFile  # noqa: E402
from kolibri.core.lessons.models import Lesson  # noqa: E402
from kolibri.core.lessons.models import LessonAssignment  # noqa: E402
from kolibri.core.logger.models import AttemptLog  # noqa: E402
from kolibri.core.logger.models import ContentSessionLog  # noqa: E402
from kolibri.core.logger.models import ContentSummaryLog  # noqa: E402
from kolibri.core.logger.models import MasteryLog  # noqa: E402


def seed(_argument):
    """A school with something in every field of every kind that syncs."""
    return _seed()


def dump(_argument):
    """Every row of every kind as it would travel, and the records of kinds without a model here."""
    rows = {}
    for model in models():
        name = model.morango_model_name
        rows[name] = {one.pk: one.serialize() for one in model.syncing_objects.all()}
        if name in ("facility", "classroom", "learnergroup", "adhoclearnersgroup"):
            rows[name] = {pk: values for pk, values in rows[name].items() if values["kind"] == name}
    known = {model.morango_model_name for model in models()}
    for record in Store.objects.exclude(model_name__in=known).filter(deleted=False):
        rows.setdefault(record.model_name, {})[record.id] = json.loads(record.serialized)
    waiting = Store.objects.filter(dirty_bit=True, deleted=False, model_name__in=known)
    return {"rows": rows, "waiting": [[one.model_name, one.deserialization_error] for one in waiting]}


def _room():
    return Classroom.objects.get(name__startswith="Grade 4")


def change(what):
    """What people do there between two syncs."""
    facility = Facility.objects.get()
    room = _room()
    coach = FacilityUser.objects.get(username="coach")
    lesson(f"New there {what}", room, coach, [room])
    person(f"there{what}", f"password-{what}")
    made = Classroom.objects.create(name=f"Room there {what}", parent=facility)
    made.add_member(FacilityUser.objects.get(username="learner1"))
    lesson(f"In room there {what}", made, coach, [made])
    renamed = FacilityUser.objects.get(username="learner2")
    renamed.full_name = f"Renamed there {what}"
    renamed.save()
    Lesson.objects.filter(title="To be deleted there").delete()
    for one in Lesson.objects.filter(title="For some"):
        one.description = f"there {what}"
        one.save()
    # Of kinds that only Kolibri has.
    for one in AttendanceRecord.objects.order_by("id")[:1]:
        one.present = not one.present
        one.save()
    for one in Exam.objects.order_by("id")[:1]:
        one.title = f"Exam ☼ {what}"
        one.save()
    return {}


def rename(what):
    """Another name for a class, a group, a person, their username, the school and a lesson."""
    for model, name in ((Classroom, "Grade 5"), (LearnerGroup, "Readers"), (Facility, "Hill School")):
        for one in model.objects.filter(name__startswith=name):
            one.name = f"{name} there {what}"
            one.save()
    one = FacilityUser.objects.get(username__startswith="learner0")
    one.username, one.full_name = f"learner0_{what}", f"Ruth Ünal {what}"
    one.save()
    one = Lesson.objects.get(title__startswith="Fractions")
    one.title = f"Fractions there {what}"
    one.save()
    return {}


def edit_lesson(argument):
    """Change fields of the lesson of a title: `[title, {field: value}]`."""
    title, fields = json.loads(argument)
    one = Lesson.objects.get(title=title)
    for name, value in fields.items():
        setattr(one, name, value)
    one.save()
    return {}


def erase(what):
    """Delete something of many kinds; return the ids by kind, and `gone`: what was deleted for good.

    `what` is that of the `change` whose rows go.
    """
    room = Classroom.objects.get(name=f"Room there {what}")
    group = LearnerGroup.objects.create(name="Short lived", parent=_room())
    group.add_member(FacilityUser.objects.get(username="learner1"))
    assigned = LessonAssignment.objects.filter(lesson__title="For some").order_by("id").first()
    membership = Membership.objects.get(user__username="learner3", collection=_room())
    found = {
        "classroom": room,
        "learnergroup": group,
        "lesson": Lesson.objects.get(title=f"New there {what}"),
        "lessonassignment": assigned,
        "membership": membership,
        "bookmark": Bookmark.objects.order_by("id").first(),
        "attendancerecord": AttendanceRecord.objects.order_by("id").first(),
        "exam": Exam.objects.order_by("id").first(),
    }
    gone = {kind: one.pk for kind, one in found.items()}
    for one in found.values():
        one.delete()
    # As a head teacher does, and as one who must lose somebody's data.
    removed = FacilityUser.objects.get(username="learner5")
    removed.date_deleted = timezone.now()
    removed.save()
    forgotten = FacilityUser.objects.get(username=f"there{what}")
    gone["facilityuser"] = forgotten.pk
    forgotten.delete(hard_delete=True)
    return {"gone": gone, "removed": removed.pk}


def twin(code):
    """A new learner with these three pictures."""
    made = person(f"twin_there_{code.replace('.', '_')}")
    made.picture_password = code
    made.save()
    return {"id": made.pk}


def write(argument):
    """So many new lessons: `prefix:count`."""
    prefix, _colon, count = argument.partition(":")
    room, coach = _room(), FacilityUser.objects.get(username="coach")
    for number in range(int(count)):
        lesson(f"Lesson {prefix} {number}", room, coach, [room])
    return {}


def members(pk):
    """How many people are in this class or group, and how many lessons it has."""
    one = Collection.objects.get(pk=pk)
    return {"people": Membership.objects.filter(collection=one).count(), "lessons": one.lessons.count()}


def open_session(_argument):
    """The session of a sync that this one asked for and that is not over, and how many there ever were."""
    own = SyncSession.objects.filter(is_server=False)
    last = own.filter(active=True).order_by("-last_activity_timestamp").first()
    return {"open": last.id if last else "", "sessions": own.count()}


def nearby(instance_id):
    """What Kolibri's server has written down of a computer that it found in its network."""
    found = NetworkLocation.objects.filter(instance_id=instance_id).first()
    return {"address": found.base_url, "name": found.device_name, "is": found.application} if found else {}


def resources(words):
    """What Kolibri has of a lesson's resources, in the lesson's order, and files of the channel that are not there."""
    channel, lesson = words.split()
    ids = [one["contentnode_id"] for one in Lesson.objects.get(pk=lesson).resources]
    known = {one.id: one for one in ContentNode.objects.filter(id__in=ids)}
    gone = [
        one.id
        for one in LocalFile.objects.filter(files__contentnode__channel_id=channel)
        if not os.path.exists(get_content_storage_file_path(one.get_filename()))
    ]
    here = [known[one] for one in ids if one in known]
    return {"in the lesson": [[one.title, one.kind, one.available] for one in here], "files gone": gone}


def make_logs(count):
    """A school with so many records, nearly all of them logs, as a year of work leaves them."""
    learners = list(FacilityUser.objects.filter(username__startswith="learner"))
    left = int(count) - sum(model.syncing_objects.count() for model in models())
    now = timezone.now()
    while left > 0:
        learner = learners[left % len(learners)]
        shared = {"content_id": uuid.uuid4().hex, "channel_id": uuid.uuid4().hex, "user": learner, "kind": "exercise"}
        session = ContentSessionLog.objects.create(**shared, start_timestamp=now, end_timestamp=now)
        summary = ContentSummaryLog.objects.create(**shared, start_timestamp=now, end_timestamp=now, progress=0.5)
        mastery = MasteryLog.objects.create(
            user=learner,
            summarylog=summary,
            mastery_criterion={"type": "m_of_n", "m": 3, "n": 5},
            start_timestamp=now,
            mastery_level=1,
        )
        left -= 3
        for number in range(min(7, max(left, 0))):
            AttemptLog.objects.create(
                item=uuid.uuid4().hex,
                start_timestamp=now,
                end_timestamp=now,
                correct=1.0,
                time_spent=number,
                answer={"question": {"value": number}},
                interaction_history=[{"type": "answer", "correct": 1}],
                user=learner,
                masterylog=mastery,
                sessionlog=session,
            )
            left -= 1
    return {"records": sum(model.syncing_objects.count() for model in models())}


DEEDS = (
    seed,
    dump,
    change,
    rename,
    edit_lesson,
    erase,
    twin,
    write,
    members,
    open_session,
    nearby,
    resources,
    make_logs,
)
KNOWN = {deed.__name__: deed for deed in DEEDS}

if __name__ == "__main__":
    assert os.environ["KOLIBRI_HOME"]
    for line in sys.stdin:
        name, argument = json.loads(line)
        try:
            answer = {"answer": KNOWN[name](argument)}
        except Exception:  # noqa: BLE001
            answer = {"failed": traceback.format_exc()}
        connections.close_all()
        print(json.dumps(answer, default=str), file=ANSWERS, flush=True)
