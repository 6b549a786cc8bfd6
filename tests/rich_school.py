"""A school in the middle of its year, so that no screen is looked at while it is empty.

`RichSchool(school, stick)` fills a school that was just made; `ids` names what stands in addresses.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

from kolibri.core.auth import school_settings
from kolibri.core.auth import services as auth
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.ways import Way
from kolibri.core.bin import services as bin_services
from kolibri.core.content import drives
from kolibri.core.content.models import ContentNode
from kolibri.core.content.own.adding import Added
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.fields import local_now
from kolibri.core.lessons import copies
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import Origin
from kolibri.core.logger.services import record_visit
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.school.tasks import BringInPeople
from tests import own_files
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser
from tests.screens import bring
from tests.sticks import ARABIC_TITLE
from tests.sticks import LONG_TITLE
from tests.sticks import Stick
from tests.sticks import files
from tests.sticks.channel import sample_id

NAMES = [
    "Fatima Zahra Ouedraogo",
    "Gabriel García Márquez de la Concordia y Martínez",
    "مريم عبد الرحمن السيد",
    "محمد الأمين ولد سيدي",
    "Kwame Mensah",
    "Ngozi Okonkwo-Adeyemi",
    "Zawadi",
    "ሰላማዊት ተስፋዬ",
    *[f"Learner {number} of the class" for number in range(1, 12)],
]
RESOURCES = ["The water cycle", "Water words", "A steady tone", "Counting beads", "Adding", LONG_TITLE, ARABIC_TITLE]
GONE = "e" * 32


class RichSchool:
    """`people` by their kind (None: who has not signed in), and `ids` by name."""

    def __init__(self, school: School, stick: Stick, home: Path) -> None:
        bring(stick, home)
        self.school, self.nodes = school, stick.node_ids
        keeper = auth.create_person(school.facility, username="keeper", full_name="Keeper Kamau", password=PASSWORD)
        auth.give_role(keeper, school.facility, role_kinds.ADMIN)
        self.people: dict[str, FacilityUser | None] = {
            "anonymous": None,
            "learner": school.learner,
            "coach": school.coach,
            "admin": school.admin,
            "keeper": make_superuser(keeper),
        }
        learners = auth.add_learners(school.classroom, [(name, f"more{place}") for place, name in enumerate(NAMES)])
        # One way to sign in shows pictures on the most screens; the other ways have tests of their own.
        school_settings.write(school.facility, replace(school_settings.read(school.facility), way=Way.PICTURES))
        empty = self._class("Grade 5")
        auth.add_learners(empty, [("Zed Zulu", "zed")])
        long = self._class("Form 3 with those who come in the afternoon and on Saturdays")
        group = auth.create_group(school.classroom, "Those who read with Miss Achieng on Thursdays", learners[:9])
        lesson = self._lesson("Where rain comes from", RESOURCES, "Watch the film first.\nThen read.", is_active=True)
        long_lesson = self._lessons(group.pk, learners)
        self._elsewhere(lesson)
        self._progress([*school.learners, *learners])
        own = self._own_file(home)
        empty_lesson = lessons.create_lesson(school.coach, collection=empty, title="Wind")
        self.ids = {
            "class": school.classroom.pk,
            "empty-class": empty.pk,
            "long-class": long.pk,
            "lesson": lesson.pk,
            "empty-lesson": empty_lesson.pk,
            "long-lesson": long_lesson.pk,
            "group": group.pk,
            "learner": school.learner.pk,
            "coach": school.coach.pk,
            "channel": stick.channel_id,
            # A stick that was put in before the school was made.
            "attached": next((source.id for source in drives.find_sources()), GONE),
            "own-channel": own.channel_id,
            "own-file": own.id,
            "other-channel": sample_id("channel", 2),
            "gone": GONE,
            "change": LessonChange.objects.filter(lesson_id=lesson.pk).values_list("pk", flat=True)[0],
            "job": self._job(),
            "list-job": self._list_job(),
            **{title.lower().replace(" ", "-"): pk for title, pk in stick.node_ids.items()},
        }

    def _own_file(self, home: Path) -> Added:
        """A teacher's own file, in a channel of its own and in a lesson."""

        def into_a_lesson(added: list[Added]) -> None:
            room, coach = self.school.classroom, self.school.coach
            entries = [own_files.entry(one) for one in added]
            lessons.create_lesson(coach, collection=room, title="Clouds that bring rain", resources=entries)

        (own,), _left = own_files.add(home, ("Worksheet.pdf", files.pdf("Clouds")), then=into_a_lesson)
        return own

    def _class(self, name: str) -> Classroom:
        made = auth.create_classroom(self.school.facility, name)
        auth.give_role(self.school.coach, made, role_kinds.COACH)
        return made

    def _entries(self, titles: list[str]) -> list[dict[str, str]]:
        found = [ContentNode.objects.get(pk=self.nodes[title]) for title in titles]
        return [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in found]

    def _lesson(self, title: str, titles: list[str], description: str = "", **words: object) -> Lesson:
        return lessons.create_lesson(
            self.school.coach,
            collection=self.school.classroom,
            title=title,
            description=description,
            resources=self._entries(titles),
            **words,
        )

    def _elsewhere(self, lesson: Lesson) -> None:
        """A version that did not stay, a lesson and a group that were deleted, each on another computer."""
        other = {"title": "Rain, snow and hail", "resources": lesson.resources[:2]}
        now = {"title": lesson.title, "resources": lesson.resources}
        room = {"collection": self.school.classroom, "made_by": None}
        LessonChange.objects.create(lesson_id=lesson.pk, before=other, after=now, origin=Origin.CONFLICT, **room)
        deleted = self._lesson("Lightning and thunder, heard from far away", [])
        change = lessons.delete_lesson(deleted, self.school.coach)
        LessonChange.objects.filter(pk=change.pk).update(origin=Origin.ELSEWHERE, made_by=None)
        bin_services.delete(auth.create_group(self.school.classroom, "Those who sing", []), self.school.coach)

    def _lessons(self, group: str, learners: list[FacilityUser]) -> Lesson:
        """Beside the first one: dated, hidden, for some only; and one with long words and what is gone."""
        coach, today = self.school.coach, local_now().date()
        dated = self._lesson("Plants and leaves", ["How a plant grows", "A leaf in the wind"], is_active=True)
        due = today + datetime.timedelta(days=3)
        lessons.update_lesson(dated, coach, term="Term 1", starts_on=today, due_on=due)
        copies.keep_as_template(dated, coach)
        self._lesson("Adding up to twenty", ["Adding", "Counting beads"], assignments=[group])
        some = [person.pk for person in learners[:3]]
        self._lesson("Reading for three", ["Water words"], is_active=True, learner_ids=some)
        self._lesson("دورة الماء في الطبيعة", [ARABIC_TITLE], "شاهدوا الفيلم أولاً ثم اقرؤوا الكلمات.", is_active=True)
        long = self._lesson("W" * 50, [LONG_TITLE], "A note that goes on and on. " * 8, is_active=True)
        gone = {"contentnode_id": GONE, "content_id": GONE, "channel_id": GONE}
        lessons.update_lesson(long, coach, resources=[*self._entries([LONG_TITLE]), gone])
        return long

    def _progress(self, learners: list[FacilityUser]) -> None:
        """Some have finished much, some a little, some nothing."""
        for place, person in enumerate(learners[:14]):
            for number, title in enumerate(RESOURCES[: 1 + place % len(RESOURCES)]):
                node = ContentNode.objects.get(pk=self.nodes[title])
                done = 1.0 if (place + number) % 3 else 0.4
                record_visit(person, node, visit=f"{place:016x}{number:016x}", seconds=60 + place, progress=done)

    def _job(self) -> str:
        """Work under way, which stands above each page of who keeps the computer."""
        job = JobRow.objects.create(
            task=f"{ImportChannels.__module__}.{ImportChannels.__qualname__}",
            arguments={"folder": "/media/green-stick", "channels": ["c" * 32]},
            state=State.RUNNING,
            requested_by=self.people["keeper"].pk,
            dataset_id=self.school.facility.dataset_id,
            progress=0.4,
            progress_text="Sample channel",
            extra={"seconds_left": 90},
            started=local_now(),
        )
        return str(job.pk)

    def _list_job(self) -> str:
        """A long list of people that an admin has just given."""
        job = JobRow.objects.create(
            task=f"{BringInPeople.__module__}.{BringInPeople.__qualname__}",
            state=State.RUNNING,
            requested_by=self.school.admin.pk,
            dataset_id=self.school.facility.dataset_id,
            progress=120,
            total_progress=300,
            started=local_now(),
        )
        return str(job.pk)
