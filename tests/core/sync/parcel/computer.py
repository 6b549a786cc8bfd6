"""One computer of a school, in a process of its own with a home and a database of its own.

It reads one call a line from its input, `["name", {arguments}]`, and answers with one line of JSON:
`{"result": ...}` or `{"refused": code}`. Started by `computers.Computer`.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
HOME = Path(sys.argv[1])
os.environ["KOLIBRI_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "kolibri.settings.desktop"

import django  # noqa: E402

django.setup()

from cheroot import wsgi  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402
from morango.models import DatabaseIDModel  # noqa: E402
from morango.models import InstanceIDModel  # noqa: E402
from morango.models import RecordMaxCounter  # noqa: E402
from morango.models import Store  # noqa: E402
from morango.models import SyncSession  # noqa: E402
from morango.registry import SessionMiddlewareOperations  # noqa: E402
from morango.registry import syncable_models  # noqa: E402
from morango.sync.context import LocalSessionContext  # noqa: E402

from kolibri.core.auth import people  # noqa: E402
from kolibri.core.auth import services  # noqa: E402
from kolibri.core.auth.models import Classroom  # noqa: E402
from kolibri.core.auth.models import Facility  # noqa: E402
from kolibri.core.auth.models import FacilityUser  # noqa: E402
from kolibri.core.auth.models import LearnerGroup  # noqa: E402
from kolibri.core.bin import services as bin_services  # noqa: E402
from kolibri.core.content.models import ContentNode  # noqa: E402
from kolibri.core.content.stick.target import UNFINISHED  # noqa: E402
from kolibri.core.device.models import DevicePermissions  # noqa: E402
from kolibri.core.device.models import DeviceSettings  # noqa: E402
from kolibri.core.fields import local_now  # noqa: E402
from kolibri.core.lessons import copies  # noqa: E402
from kolibri.core.lessons import plans  # noqa: E402
from kolibri.core.lessons import services as lesson_services  # noqa: E402
from kolibri.core.lessons.models import Lesson  # noqa: E402
from kolibri.core.lessons.models import LessonChange  # noqa: E402
from kolibri.core.lessons.models import Origin  # noqa: E402
from kolibri.core.logger import services as log_services  # noqa: E402
from kolibri.core.logger.models import ContentSummaryLog  # noqa: E402
from kolibri.core.sync import turn  # noqa: E402
from kolibri.core.sync.network import peers  # noqa: E402
from kolibri.core.sync.network import session  # noqa: E402
from kolibri.core.sync.network import syncing  # noqa: E402
from kolibri.core.sync.network.models import Partner  # noqa: E402
from kolibri.core.sync.network.models import SyncDoor  # noqa: E402
from kolibri.core.sync.network.problems import ConnectionLost  # noqa: E402
from kolibri.core.sync.network.tasks import sync_now  # noqa: E402
from kolibri.core.sync.parcel import chain  # noqa: E402
from kolibri.core.sync.parcel import counters  # noqa: E402
from kolibri.core.sync.parcel import joining  # noqa: E402
from kolibri.core.sync.parcel import locks  # noqa: E402
from kolibri.core.sync.parcel import reading  # noqa: E402
from kolibri.core.sync.parcel import taking_in  # noqa: E402
from kolibri.core.sync.parcel import writing  # noqa: E402
from kolibri.core.tasks import engine  # noqa: E402
from kolibri.errors import KolibriError  # noqa: E402
from tests.core.sync.network.servers import BadNetwork  # noqa: E402

settings.KOLIBRI_PASSWORD_ROUNDS = {"learner": 20, "teacher": 50}


_servers: list[Any] = []
_answers = SessionMiddlewareOperations.__call__


class Cut(BaseException):
    """The power goes, or the stick."""


def _cut_after(ticks: int | None) -> Any:
    left = [ticks]

    def tick(done: int, total: int) -> None:
        if left[0] is not None:
            if left[0] <= 0:
                raise Cut
            left[0] -= 1

    return tick


def build() -> None:
    call_command("migrate", verbosity=0)


def _become(path: str) -> None:
    connections.close_all()
    place = Path(settings.DATABASES["default"]["NAME"])
    for end in ("", "-wal", "-shm"):
        place.with_name(place.name + end).unlink(missing_ok=True)
    shutil.copy(path, place)
    InstanceIDModel._cached_instance = None
    DeviceSettings.forget()


def begin(template: str, name: str) -> str:
    """Become a new computer with an empty database."""
    _become(template)
    DatabaseIDModel.objects.create()
    DeviceSettings(name=name, language="en").save()
    return str(InstanceIDModel.get_or_create_current_instance(clear_cache=True)[0].id)


def instance_id() -> str:
    return str(InstanceIDModel.get_or_create_current_instance()[0].id)


def keep(path: str) -> None:
    """Put a copy of the database aside."""
    connections.close_all()
    Path(path).unlink(missing_ok=True)
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as live:
        live.execute("VACUUM INTO ?", [path])
    live.close()


def put_back(path: str) -> None:
    """Begin again from a copy."""
    _become(path)
    InstanceIDModel.get_or_create_current_instance(clear_cache=True)


def database() -> str:
    connections.close_all()
    return str(settings.DATABASES["default"]["NAME"])


def make_school(name: str) -> str:
    return str(services.create_facility(name).dataset_id)


def make_run_school(name: str, admin: str) -> None:
    """Make a school with an admin."""
    school = services.create_facility(name)
    person = services.create_person(school, username=admin, full_name="Head", password="chalk-slate")
    services.give_role(person, school, "admin")


def datasets() -> list[str]:
    return [str(pk) for pk in Facility.objects.values_list("dataset_id", flat=True)]


def who_runs() -> str:
    """The one who may run this computer, when it is set up for the school that is here."""
    device = DeviceSettings.current()
    assert device.is_provisioned and device.default_facility == Facility.objects.get()
    return str(DevicePermissions.objects.get(is_superuser=True).user.username)


def command(name: str, arguments: list[str]) -> str:
    """Run one of our commands and return what it wrote."""
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def ask(stick: str) -> list[str]:
    path, fingerprint = joining.ask(Path(stick))
    return [str(path), fingerprint]


def requests() -> int:
    return joining.JoinRequest.objects.count()


def sign(path: str, dataset: str) -> str:
    return str(joining.sign(Path(path), dataset, joining.look_at_request(Path(path)).fingerprint))


def join(path: str) -> str:
    return joining.join(Path(path), joining.look_at_answer(Path(path)).fingerprint).dataset_id


def _pulled_when(is_now: Callable[[], bool], pull: list[str]) -> Any:
    """Return what runs the command once, as soon as it is time: somebody takes the stick out."""
    left = [pull]

    def tick(done: int, total: int) -> None:
        if left and is_now():
            subprocess.run(left.pop(), check=True)

    return tick


def write(
    stick: str,
    dataset: str,
    for_instance: str = "",
    passphrase: str = "",
    cut: int | None = None,
    pull: list[str] | None = None,
) -> dict[str, Any]:
    """Save to the stick; with `pull`, a command that is run while the file goes onto it."""
    header, key = locks.close(dataset, passphrase)
    tick = _pulled_when((Path(stick) / UNFINISHED).is_dir, pull) if pull else _cut_after(cut)
    try:
        made = writing.write(Path(stick), dataset, header, key, for_instance=for_instance, tick=tick)
    except Cut:
        return {"cut": True}
    return {"path": str(made.path), "records": made.records, "size": made.size, "is_full": made.is_full}


def look(path: str, passphrase: str = "") -> dict[str, Any]:
    return dict(vars(reading.look(Path(path), reading.key_of(Path(path), passphrase))))


def take(
    path: str, passphrase: str = "", digest: str = "", cut: int | None = None, pull: list[str] | None = None
) -> dict[str, Any]:
    """Take in; with `pull`, a command that is run when the first piece was read."""
    key = reading.key_of(Path(path), passphrase)
    wanted = digest or reading.look(Path(path), key).digest
    try:
        tick = _pulled_when(lambda: True, pull) if pull else _cut_after(cut)
        done = taking_in.take_in(Path(path), key, wanted, tick)
    except Cut:
        return {"cut": True}
    return {"new": done.new, "waiting": done.waiting}


def serve() -> str:
    """Answer peers on loopback, in a thread, and return where; once for the process."""
    if not _servers:

        def listener(environ: dict[str, Any], start_response: Any) -> Any:
            environ["kolibri.listener"] = "class"
            try:
                return application(environ, start_response)
            finally:
                connections.close_all()

        application = get_wsgi_application()
        server = wsgi.Server(("127.0.0.1", 0), listener, numthreads=4)
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
        _servers.append(server)
    SyncDoor.set_open(True)
    return f"http://127.0.0.1:{_servers[0].bind_addr[1]}/"


def sync(address: str, dataset: str, cut: int | None = None, pull: bool = True) -> dict[str, Any]:
    """Sync with the peer at the address; with `cut`, through a network that is lost after so many bytes."""
    session._PAUSE = 0.001  # type: ignore[misc]
    peers._SECONDS = 120.0  # type: ignore[misc]  # a busy computer answers its first request late
    partner = syncing.get_to_know(peers.find(address), dataset)
    network = None if cut is None else BadNetwork(address, cut)
    partner.address = network.address if network else address
    try:
        outcome = syncing.sync(partner, pull=pull)
    except ConnectionLost:
        return {"cut": True}
    finally:
        if network:
            network.close()
    return {"fetched": outcome.pull.records, "sent": outcome.push.records}


def look_fingerprint(dataset: str) -> str:
    return chain.fingerprint(dataset)


def sync_by_job(address: str, dataset: str) -> dict[str, Any]:
    """Press the button once, and do the job that it asks for; `sessions` is how many it took."""
    before = SyncSession.objects.count()
    session._PAUSE = 0.001  # type: ignore[misc]
    job = sync_now(syncing.get_to_know(peers.find(address), dataset))
    engine.run_queued()
    job.refresh()
    ending = Partner.objects.get(address=address).ending
    sessions = SyncSession.objects.count() - before
    return {"state": str(job.state), "error": job.error, "ending": ending, "result": job.result, "sessions": sessions}


def pause(at: str, folder: str) -> None:
    """Have the next call of "module:name" wait, as `computers.Pause` says. Only that one; in any thread."""
    module = importlib.import_module(at.partition(":")[0])
    name = at.partition(":")[2]
    plain = getattr(module, name)
    once = threading.Lock()

    def paused(*args: Any, **options: Any) -> Any:
        if once.acquire(blocking=False):
            setattr(module, name, plain)
            Path(folder, "reached").touch()
            end = time.monotonic() + 60
            while not Path(folder, "over").exists():
                assert time.monotonic() < end, f"nobody ended the pause at {at}"
                time.sleep(0.02)
        return plain(*args, **options)

    setattr(module, name, paused)


def answer_together(stage: str) -> None:
    """Have the next two pushes that are answered here wait for each other before this stage."""
    plain = SessionMiddlewareOperations.__call__
    both = threading.Barrier(2, timeout=60)
    waited: set[str] = set()

    def call(self: Any, context: Any) -> Any:
        transfer = context.transfer_session
        is_it = isinstance(context, LocalSessionContext) and context.is_server and context.is_push
        if is_it and self.related_stage == stage and transfer.pk not in waited and len(waited) < 2:
            waited.add(transfer.pk)
            both.wait()
        return plain(self, context)

    SessionMiddlewareOperations.__call__ = call


def answer_as_usual() -> None:
    SessionMiddlewareOperations.__call__ = _answers


def take_blindly(path: str, dataset: str) -> Any:
    """Take in without having looked, as if the file had been swapped afterwards."""
    key = reading.key_of(Path(path))
    return taking_in.take_in(Path(path), key, "0" * 64).new


def take_while_syncing(path: str) -> dict[str, Any]:
    taking_in._WAIT = 0.1  # type: ignore[misc]
    with turn.taken():
        return take(path)


def held(dataset: str) -> Any:
    return counters.held(dataset)


def forge_file(kind: str, dataset: str, path: str) -> str:
    from tests.core.sync.parcel import forging

    made = forging.bomb(dataset) if kind == "bomb" else forging.forged(kind, dataset, HOME)
    Path(path).write_bytes(made)
    return path


def edit(what: str, number: int, text: str) -> str:
    """Change something as the screens do; where there is nothing to change or it is refused, nothing.

    Returns the username of a new person.
    """
    school = Facility.objects.first()
    if school is None:
        return ""
    people = list(FacilityUser.objects.order_by("pk"))
    rooms = list(Classroom.objects.order_by("pk"))
    lessons = list(Lesson.objects.order_by("pk"))
    person = people[number % len(people)] if people else None
    room = rooms[number % len(rooms)] if rooms else None
    lesson = lessons[number % len(lessons)] if lessons else None
    groups = list(LearnerGroup.objects.order_by("pk"))
    group = groups[number % len(groups)] if groups else None
    templates = list(copies.templates_of(school.pk))
    template = templates[number % len(templates)] if templates else None
    with contextlib.suppress(KolibriError):
        if what == "person":
            name = f"u{os.urandom(6).hex()}"
            services.create_person(school, username=name, full_name=text, password="chalk-slate")
            return name
        elif what == "room":
            services.create_classroom(school, text)
        elif what == "rename" and person:
            person.full_name = text
            person.save()
        elif what == "rename-room" and room:
            services.rename(room, text)
        elif what == "delete-room" and room:
            room.delete()
        elif what == "remove-person" and person:
            person.date_deleted = local_now()
            person.save()
        elif what == "enrol" and room and person:
            services.enrol(room, [person])
        elif what == "leave" and room and person:
            services.leave(room, [person.pk])
        elif what == "role" and room and person:
            services.give_role(person, room, "coach")
        elif what == "lesson" and room and person:
            lesson_services.create_lesson(person, collection=room, title=text)
        elif what == "rename-lesson" and lesson and person:
            lesson_services.update_lesson(lesson, person, title=text)
        elif what == "delete-lesson" and lesson and person:
            lesson_services.delete_lesson(lesson, person)
        elif what == "bring-back" and person:
            bring_back(number)
        elif what == "password" and person:
            services.set_password(person, f"chalk-{text}-{os.urandom(3).hex()}")
            person.save()
        elif what == "group" and room:
            services.create_group(room, text, [one.user for one in room.membership.all()[:2]])
        elif what == "rename-group" and group:
            services.rename(group, text)
        elif what == "members" and group:
            in_class = FacilityUser.objects.filter(membership__collection=group.parent_id).order_by("pk")
            services.set_members(group, list(in_class[number % 3 :]))
        elif what == "delete-group" and group:
            bin_services.delete(group, people[0])
        elif what == "visit" and person:
            _visit(person, number, text)
        elif what == "plan" and lesson and person:
            due = datetime.date(2026, 12, 1) + datetime.timedelta(days=number)
            lesson_services.update_lesson(lesson, person, term=text, due_on=due)
        elif what == "order" and room:
            plans.set_order(room, [one.pk for one in lessons[number % 3 :] if one.collection_id == room.pk])
        elif what == "template" and lesson and person:
            copies.keep_as_template(lesson, person)
        elif what == "from-template" and template and room and person:
            copies.lesson_from(template, room, person)
        elif what == "remove-template" and template:
            copies.remove_template(template)
        elif what == "undo" and person and (change := _undoable(number)):
            lesson_services.undo(change, person)
    return ""


def _visit(person: FacilityUser, number: int, text: str) -> None:
    """Have the person open one of a few works, as a learner's device tells it."""
    work = ContentNode(content_id=f"{number % 3:032x}", channel_id="b" * 32, kind="exercise")
    log_services.record_visit(
        person, work, visit=os.urandom(16).hex(), seconds=number + 1.0, progress=number / 20, state={"at": text}
    )


def usernames() -> list[str]:
    return list(FacilityUser.objects.values_list("username", flat=True))


def bring_back(number: int = 0) -> str:
    """Bring back one of the classes, groups and lessons that were deleted, here or elsewhere, and return its name."""
    school = Facility.objects.get()
    places = [school, *Classroom.objects.order_by("pk")]
    deletions = [one for place in places for one in bin_services.recent(place)]
    changes = [one for room in places[1:] for one in lesson_services.deleted_lately(room)]
    found = [*deletions, *changes]
    if not found:
        return ""
    one = found[number % len(found)]
    if isinstance(one, LessonChange):
        lesson = lesson_services.undo(one, FacilityUser.objects.order_by("pk")[0])
        return lesson.title if lesson else ""
    return bin_services.bring_back(one).name


def rename_person(name: str, to: str) -> None:
    person = FacilityUser.objects.get(full_name=name)
    person.full_name = to
    person.save()


def _undoable(number: int) -> LessonChange | None:
    changes = list(LessonChange.objects.filter(undone_at=None, before__isnull=False).order_by("made_at", "pk"))
    return changes[number % len(changes)] if changes else None


def change_lesson(title: str, **changes: Any) -> None:
    """Change the lesson of this title as its page does. `learners` are usernames, `due_on` is ISO 8601."""
    lesson = Lesson.objects.get(title=title)
    if title_to := changes.pop("title_to", ""):
        changes["title"] = title_to
    if learners := changes.pop("learners", None):
        found = FacilityUser.objects.filter(full_name__in=learners)
        changes |= {"assignments": [], "learner_ids": list(found.values_list("pk", flat=True))}
    if due := changes.get("due_on"):
        changes["due_on"] = datetime.date.fromisoformat(due)
    if changes.pop("resources", None):
        changes["resources"] = [{"contentnode_id": "a" * 32, "channel_id": "b" * 32, "content_id": "c" * 32}]
    lesson_services.update_lesson(lesson, FacilityUser.objects.order_by("pk")[0], **changes)


def history() -> list[Any]:
    """The origin, before and after of all changes of lessons, oldest first."""
    return [[one.origin, one.before, one.after] for one in LessonChange.objects.order_by("made_at", "pk")]


def undo_conflict() -> None:
    """Bring back the version that did not stay, of the latest lesson that has one."""
    change = LessonChange.objects.filter(origin=Origin.CONFLICT, undone_at=None)[0]
    lesson_services.undo(change, FacilityUser.objects.order_by("pk")[0])


def lessons() -> dict[str, list[str]]:
    """The titles of the lessons, each with the names of those who get it."""
    return {one.title: [str(person) for person in lesson_services.recipients(one)] for one in Lesson.objects.all()}


def learners(room: str) -> list[str]:
    return sorted(Classroom.objects.get(name=room).membership.values_list("user__full_name", flat=True))


def groups() -> dict[str, list[str]]:
    """The names of the groups, each with those of its members."""
    members = {one: one.membership.order_by("user__full_name") for one in LearnerGroup.objects.all()}
    return {one.name: list(rows.values_list("user__full_name", flat=True)) for one, rows in members.items()}


def make_group(room: str, name: str, members: list[str]) -> None:
    found = FacilityUser.objects.filter(full_name__in=members)
    services.create_group(Classroom.objects.get(name=room), name, list(found))


def rename(kind: str, name: str, to: str) -> None:
    """Rename a class or a group as its page does."""
    model = {"room": Classroom, "group": LearnerGroup}[kind]
    services.rename(model.objects.get(name=name), to)


def delete_group(name: str) -> None:
    bin_services.delete(LearnerGroup.objects.get(name=name), FacilityUser.objects.order_by("pk")[0])


def delete_lesson(title: str) -> None:
    lesson_services.delete_lesson(Lesson.objects.get(title=title), FacilityUser.objects.order_by("pk")[0])


def people_gone() -> list[str]:
    """The names that stand under "People of the school" as taken out."""
    gone = FacilityUser.all_objects.filter(date_deleted__isnull=False)
    return list(gone.order_by("full_name").values_list("full_name", flat=True))


def remove_person(name: str) -> None:
    person = FacilityUser.objects.get(full_name=name)
    people.remove(person, FacilityUser.objects.exclude(pk=person.pk)[0])


def bring_person_back(name: str) -> None:
    people.bring_back(FacilityUser.all_objects.get(full_name=name, date_deleted__isnull=False))


def did_not_stay(kind: str) -> list[Any]:
    """The latest version of each record of the kind that another one stands in the place of."""
    rows = Store.objects.filter(model_name=kind).exclude(conflicting_serialized_data="").order_by("pk")
    return [json.loads(one.partition("\n")[0]) for one in rows.values_list("conflicting_serialized_data", flat=True)]


def delete_room(name: str) -> None:
    bin_services.delete(Classroom.objects.get(name=name), FacilityUser.objects.order_by("pk")[0])


def wait(days: int) -> None:
    """Let so many days pass for all that was deleted and changed."""
    since = datetime.timedelta(days=days)
    LessonChange.objects.update(made_at=local_now() - since)
    bin_services.Deletion.objects.update(made_at=local_now() - since)


def admit(dataset: str, count: int) -> None:
    """Let so many learners into a class, as a list of them does: an account and a place in the class each."""
    room = services.create_classroom(Facility.objects.get(dataset_id=dataset), "Grade 5")
    services.add_learners(room, [(f"Learner {number}", f"learner{number}") for number in range(count)])


def rows() -> dict[str, list[str]]:
    """Everything that the school's people see, by model, to be compared with another computer's."""
    found = {}
    for model in syncable_models.get_models("facilitydata"):
        every = model.syncing_objects.all()
        found[model.morango_model_name] = sorted(
            json.dumps(one.serialize(), default=str, sort_keys=True) for one in every
        )
    return found


def bodies() -> list[Any]:
    """What the store says of each record, whoever said it."""
    return [list(row) for row in Store.objects.order_by("pk").values_list("pk", "deleted", "serialized")]


def stored() -> list[Any]:
    """The store's own rows and versions."""
    versions: dict[str, list[Any]] = {}
    for pk, instance, counter in RecordMaxCounter.objects.values_list("store_model_id", "instance_id", "counter"):
        versions.setdefault(pk, []).append([instance, counter])
    fields = ("pk", "deleted", "last_saved_instance", "last_saved_counter", "serialized")
    return [[*row, sorted(versions.get(row[0], []))] for row in Store.objects.order_by("pk").values_list(*fields)]


def status() -> dict[str, int]:
    return {
        "waiting": Store.objects.filter(dirty_bit=True).count(),
        "store": Store.objects.count(),
        "buffers": taking_in.Buffer.objects.count(),
    }


def peak() -> int:
    """The most memory that this process ever had, in bytes; without what its parent had when it began."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def fill(dataset: str, count: int) -> int:
    """Put so many records of a model that this version does not know into the store, as a peer's logs."""
    own = InstanceIDModel.get_current_instance_and_increment_counter()
    body = {"item": "", "answer": json.dumps({"choice": 3, "text": "seven"}), "time_spent": 12.25, "complete": True}
    for start in range(0, count, 2_000):
        made = []
        for number in range(start, min(count, start + 2_000)):
            source = os.urandom(16).hex()
            partition = f"{dataset}:user-rw:{number % 200:032x}"
            pk = syncable_models.get_model("facilitydata", "role").compute_namespaced_id(partition, source, "otherlog")
            text = json.dumps({**body, "id": pk, "user_id": f"{number % 200:032x}", "item": source})
            made.append(
                Store(
                    pk=pk, profile="facilitydata", model_name="otherlog", partition=partition, source_id=source,
                    serialized=text, last_saved_instance=own.id, last_saved_counter=own.counter, dirty_bit=True,
                )
            )  # fmt: skip
        Store.objects.bulk_create(made, 500)
        RecordMaxCounter.objects.bulk_create(
            [RecordMaxCounter(store_model_id=one.pk, instance_id=own.id, counter=own.counter) for one in made], 500
        )
    return Store.objects.count()


def learn(count: int) -> int:
    """Let so many works be done here, by turns of all people: rows of this computer that were never serialized."""
    people = list(FacilityUser.objects.order_by("pk"))
    for start in range(0, count, 2_000):
        made = []
        for number in range(start, min(count, start + 2_000)):
            person = people[number % len(people)]
            log = ContentSummaryLog(
                user=person, dataset_id=person.dataset_id, content_id=os.urandom(16).hex(), channel_id="b" * 32,
                start_timestamp=local_now(), end_timestamp=local_now(), time_spent=12.25, progress=0.5,
                kind="exercise", extra_fields={"contentState": {"choice": 3, "text": "seven"}},
            )  # fmt: skip
            log.pk = log.calculate_uuid()
            made.append(log)
        ContentSummaryLog.objects.bulk_create(made, 500)
    return learnt()


def learnt() -> int:
    return ContentSummaryLog.objects.count()


def main() -> None:
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer: dict[str, Any] = {"result": globals()[name](**arguments)}
        except KolibriError as error:
            answer = {"refused": error.code, "sentence": str(error)}
        print(json.dumps(answer), flush=True)
    for server in _servers:
        server.stop()


if __name__ == "__main__":
    main()
