"""`python -m tests.interop.our_side HOME`: what people here would do, and what is there.

Each line of its input is a deed, `[NAME, ARGUMENT]`, each line that it prints the answer; both are JSON.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

os.environ["KOLIBRI_HOME"] = sys.argv[1]
os.environ["DJANGO_SETTINGS_MODULE"] = "kolibri.settings.desktop"

import django  # noqa: E402

django.setup()

from django.contrib.auth import authenticate  # noqa: E402
from django.db import connections  # noqa: E402
from morango.models import InstanceIDModel  # noqa: E402
from morango.models import Store  # noqa: E402
from morango.models import SyncSession  # noqa: E402
from morango.registry import syncable_models  # noqa: E402

from kolibri.core.auth import people  # noqa: E402
from kolibri.core.auth import services  # noqa: E402
from kolibri.core.auth.models import Classroom  # noqa: E402
from kolibri.core.auth.models import Collection  # noqa: E402
from kolibri.core.auth.models import Facility  # noqa: E402
from kolibri.core.auth.models import FacilityUser  # noqa: E402
from kolibri.core.auth.models import LearnerGroup  # noqa: E402
from kolibri.core.auth.models import Membership  # noqa: E402
from kolibri.core.auth.models import Role  # noqa: E402
from kolibri.core.auth.names_door import set_shows_names  # noqa: E402
from kolibri.core.auth.own_language import PersonSettings  # noqa: E402
from kolibri.core.bin import services as bin_services  # noqa: E402
from kolibri.core.content.own import adding  # noqa: E402
from kolibri.core.content.own import receiving  # noqa: E402
from kolibri.core.content.own.adding import Added  # noqa: E402
from kolibri.core.content.own.receiving import Received  # noqa: E402
from kolibri.core.lessons import copies  # noqa: E402
from kolibri.core.lessons import plans  # noqa: E402
from kolibri.core.lessons import services as lesson_services  # noqa: E402
from kolibri.core.lessons.models import Lesson  # noqa: E402
from kolibri.core.lessons.models import LessonChange  # noqa: E402
from kolibri.core.lessons.models import Origin  # noqa: E402
from kolibri.core.sync.network.models import Partner  # noqa: E402
from kolibri.core.sync.network.nearby import Search  # noqa: E402
from tests.sticks import files  # noqa: E402


def dump(_argument: str) -> dict[str, Any]:
    """Every row of every kind as it would travel, and the records of kinds without a model here."""
    rows: dict[str, Any] = {}
    models = syncable_models.get_models("facilitydata")
    for model in models:
        rows[model.morango_model_name] = {one.pk: one.serialize() for one in model.syncing_objects.all()}
    known = list(rows)
    for record in Store.objects.exclude(model_name__in=known).filter(deleted=False):
        rows.setdefault(record.model_name, {})[record.id] = json.loads(record.serialized)
    waiting = Store.objects.filter(dirty_bit=True, deleted=False, model_name__in=known)
    return {
        "rows": rows,
        "known": known,
        "waiting": [[one.model_name, one.deserialization_error] for one in waiting],
    }


def _coach() -> FacilityUser:
    return FacilityUser.objects.get(username="coach")


def _room() -> Any:
    return Classroom.objects.get(name__startswith="Grade 4")


def change(what: str) -> dict[str, Any]:
    """What people do here between two syncs."""
    facility = Facility.objects.get()
    lesson_services.create_lesson(_coach(), collection=_room(), title=f"New here {what}", is_active=True)
    services.create_person(facility, username=f"here{what}", full_name="Here Ünal", password=f"password-{what}")
    made = services.create_classroom(facility, f"Room here {what}")
    services.add_learners(made, [("Zoë Small", f"zoe{what}")])
    renamed = FacilityUser.objects.get(username="learner3")
    renamed.full_name = f"Renamed here {what}"
    renamed.save()
    for one in Lesson.objects.filter(title="To be deleted here"):
        lesson_services.delete_lesson(one, _coach())
    return {}


def rename(what: str) -> dict[str, Any]:
    """Another name for a class, a group, a person, their username, the school and a lesson."""
    for model, name in ((Classroom, "Grade 5"), (LearnerGroup, "Readers"), (Facility, "Hill School")):
        for one in model.objects.filter(name__startswith=name):
            services.rename(one, f"{name} here {what}")
    person = FacilityUser.objects.get(username__startswith="learner0")
    person.username, person.full_name = f"learner0_{what}", f"Ruth Ünal {what}"
    person.save()
    lesson = Lesson.objects.get(title__startswith="Fractions")
    lesson_services.update_lesson(lesson, _coach(), title=f"Fractions here {what}")
    return {}


def edit_lesson(argument: str) -> dict[str, Any]:
    """Change fields of the lesson of a title: `[title, {field: value}]`."""
    title, fields = json.loads(argument)
    lesson_services.update_lesson(Lesson.objects.get(title=title), _coach(), **fields)
    return {}


def erase(_argument: str) -> dict[str, Any]:
    """Delete something of each kind that a page here deletes; return the ids by kind."""
    room = Classroom.objects.get(name__startswith="Grade 5")
    group = LearnerGroup.objects.get(name__startswith="Readers")
    lesson = Lesson.objects.get(title__startswith="Fractions")
    person = FacilityUser.objects.get(username="learner4")
    place = Membership.objects.get(user__username="learner1", collection=_room())
    role = Role.objects.get(user=_coach(), collection=_room())
    gone = {"classroom": room, "learnergroup": group, "lesson": lesson, "membership": place, "role": role}
    ids = {kind: one.pk for kind, one in gone.items()}
    bin_services.delete(room, _coach())
    bin_services.delete(group, _coach())
    lesson_services.delete_lesson(lesson, _coach())
    services.leave(_room(), [place.user_id])
    role.delete()
    people.remove(person, by=_coach())
    return {"gone": ids, "removed": person.pk}


def bring_back(pk: str) -> dict[str, Any]:
    """Undo the deletion of the class, group or lesson with this id, on whichever computer it was; or of a person."""
    if person := FacilityUser.all_objects.filter(pk=pk, date_deleted__isnull=False).first():
        people.bring_back(person)
        return {"as": person.full_name}
    for place in [*Facility.objects.all(), *Classroom.objects.all()]:
        for deletion in bin_services.recent(place):
            if any(values.get("id") == pk for _model, values in deletion.records):
                return {"as": bin_services.bring_back(deletion).name}
        for one in lesson_services.deleted_lately(place):
            if one.lesson_id == pk:
                lesson = lesson_services.undo(one, _coach())
                return {"as": lesson.title if lesson else ""}
    return {"as": ""}


def enrol(_argument: str) -> dict[str, Any]:
    """What takes back that somebody left a class, and that another lost a role: doing it again."""
    services.enrol(_room(), [FacilityUser.objects.get(username="learner1")])
    services.give_role(_coach(), _room(), "coach")
    return {}


def twin(code: str) -> dict[str, Any]:
    """A new learner with these three pictures."""
    made = services.create_person(Facility.objects.get(), username=f"twin_here_{code.replace('.', '_')}")
    made.picture_password = code
    made.save()
    return {"id": made.pk}


def write(argument: str) -> dict[str, Any]:
    """So many new lessons: `prefix:count`."""
    prefix, _colon, count = argument.partition(":")
    for number in range(int(count)):
        title = f"Lesson {prefix} {number}"
        lesson_services.create_lesson(_coach(), collection=_room(), title=title, description="Ñandú ☼ " * 20)
    return {}


def members(pk: str) -> dict[str, Any]:
    """How many people are in this class or group, and how many lessons it has."""
    one = Collection.objects.get(pk=pk)
    lessons = Lesson.objects.filter(collection_id=pk).count()
    return {"people": Membership.objects.filter(collection=one).count(), "lessons": lessons}


def conflict(title: str) -> dict[str, Any]:
    """The last version of the lesson of this title that did not stay, as its history shows it; empty without one."""
    lesson = Lesson.objects.get(title=title)
    found = LessonChange.objects.filter(lesson_id=lesson.pk, origin=Origin.CONFLICT, undone_at=None)
    last = found.order_by("-made_at").first()
    return {"lost": last.before, "stays": last.after} if last else {}


def bring_version_back(title: str) -> dict[str, Any]:
    """Press “Bring this version back”."""
    lesson = Lesson.objects.get(title=title)
    found = LessonChange.objects.filter(lesson_id=lesson.pk, origin=Origin.CONFLICT, undone_at=None)
    back = lesson_services.undo(found.latest("made_at"), _coach())
    return {"title": back.title, "description": back.description} if back else {}


def plan(_argument: str) -> dict[str, Any]:
    """What people do here that Kolibri has no record for: a row of each kind of our own."""
    coach, room = _coach(), _room()
    edited = Lesson.objects.get(title="For some")
    notes = {edited.resources[0]["contentnode_id"]: "Ñandú: pages 3 to 5"}
    lesson_services.update_lesson(edited, coach, term="Term 1", due_on=datetime.date(2026, 12, 1), notes=notes)
    plans.set_order(room, list(Lesson.objects.filter(collection=room).order_by("title").values_list("pk", flat=True)))
    copies.keep_as_template(edited, coach)
    PersonSettings.objects.create(user=coach, language="sw")
    set_shows_names(Facility.objects.get(), shows=False)
    return {}


def signs_in(name_and_password: str) -> dict[str, Any]:
    """Whether this name and this password open a session here."""
    name, _, password = name_and_password.partition(":")
    return {"signs_in": authenticate(None, username=name, password=password) is not None}


def open_session(_argument: str) -> dict[str, Any]:
    """The session of a sync that this one asked for and that is not over, and how many there ever were."""
    last = Partner.objects.exclude(open_session="").order_by("-tried_at").first()
    return {"open": last.open_session if last else "", "sessions": SyncSession.objects.filter(is_server=False).count()}


def instance(_argument: str) -> dict[str, Any]:
    return {"id": InstanceIDModel.get_or_create_current_instance()[0].id}


def nearby(instance_id: str) -> dict[str, Any]:
    """Look in the network of this computer's loopback for a computer, half a minute long."""
    search = Search(lambda: ["127.0.0.1"])
    end = time.monotonic() + 30
    try:
        while time.monotonic() < end:
            for one in search.found():
                if one.instance_id == instance_id:
                    return {"address": one.address, "name": one.name, "is": one.program}
            time.sleep(0.2)
    finally:
        search.stop()
    return {}


def add_files(words: str) -> dict[str, Any]:
    """A teacher's own files in a lesson: their names, and behind a colon the lesson, a new one where none is named."""
    names, _, known = words.partition(": ")
    arriving = receiving.folder(Path(os.environ["KOLIBRI_HOME"]))
    arriving.mkdir(parents=True, exist_ok=True)
    sent = []
    for name in names.split(", "):
        body = files.pdf(name) if name.endswith(".pdf") else files.picture(20, 160, 60)
        path = arriving / f"{len(sent)}.part"
        path.write_bytes(body)
        sent.append(Received(name, path, len(body), hashlib.md5(body, usedforsecurity=False).hexdigest()))
    made: dict[str, Any] = {}

    def into_lesson(added: list[Added]) -> None:
        entries = [
            {"contentnode_id": one.id, "content_id": one.content_id, "channel_id": one.channel_id} for one in added
        ]
        if known:
            lesson = Lesson.objects.get(pk=known)
            lesson_services.update_lesson(lesson, _coach(), resources=[*lesson.resources, *entries])
        else:
            lesson = lesson_services.create_lesson(
                _coach(), collection=_room(), title="Own files", resources=entries, is_active=True
            )
        made.update(channel=added[0].channel_id, lesson=lesson.pk)

    _added, left = adding.add(sent, author="Head Teacher", name="Files of the interop computer", then=into_lesson)
    assert left == []
    return made


DEEDS = (
    dump, change, rename, edit_lesson, erase, bring_back, enrol, twin, write, members, conflict, bring_version_back,
    plan, signs_in, open_session, instance, nearby, add_files,
)  # fmt: skip
KNOWN = {deed.__name__: deed for deed in DEEDS}


def main() -> int:
    for line in sys.stdin:
        name, argument = json.loads(line)
        try:
            answer: dict[str, Any] = {"answer": KNOWN[name](argument)}
        except Exception:  # noqa: BLE001
            answer = {"failed": traceback.format_exc()}
        connections.close_all()
        print(json.dumps(answer, default=str), flush=True)
    return 0


if __name__ == "__main__":
    assert Path(sys.argv[1]).is_dir()
    raise SystemExit(main())
