import re

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.lessons.history import people_of
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.services import create_lesson
from tests.schools import School

HTMX = {"HX-Request": "true"}


def signed_in(person: FacilityUser | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


@pytest.fixture
def lesson(school: School) -> Lesson:
    return create_lesson(school.coach, collection=school.classroom, title="Rain")


def save(client: Client, lesson: Lesson, *sent: str, **form):
    return client.post(reverse("kolibri:coach:save", args=[lesson.pk]), {"sent": sent, **form}, headers=HTMX)


def test_a_new_lesson_is_there_at_once_and_hidden(school: School) -> None:
    client = signed_in(school.coach)
    address = reverse("kolibri:coach:new-lesson", args=[school.classroom.pk])
    first = client.post(address)
    assert first.status_code == 302
    client.post(address)
    assert sorted(Lesson.objects.values_list("title", "is_active")) == [("New lesson", False), ("New lesson 2", False)]
    assert b'value="New lesson"' in client.get(first["Location"]).content


def test_each_field_is_saved_by_itself(school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    assert b"Saved" in save(client, lesson, "title", title="Wind").content
    save(client, lesson, "description", description="Read it twice")
    save(client, lesson, "is_active", is_active="on")
    lesson.refresh_from_db()
    assert (lesson.title, lesson.description, lesson.is_active) == ("Wind", "Read it twice", True)
    save(client, lesson, "is_active")
    lesson.refresh_from_db()
    assert lesson.is_active is False and lesson.title == "Wind"


def test_people_are_counted_honestly(school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    group = LearnerGroup.objects.get()
    form = {"assignments": [group.pk], "learner_ids": [school.learners[0].pk, school.learners[4].pk]}
    assert b"3 learners get this lesson." in save(client, lesson, "people", **form).content
    assert b"Nobody gets this lesson yet." in save(client, lesson, "people").content
    whole = {"assignments": [school.classroom.pk, group.pk], "learner_ids": [school.learners[4].pk]}
    assert b"5 learners get this lesson." in save(client, lesson, "people", **whole).content


def ticks_of(html: str) -> str:
    """What the window will say that it showed."""
    (shown,) = re.findall(r'name="people_were" value="([\w,]*)"', html)
    return shown


def test_people_whom_another_window_added_meanwhile_stay(school: School, lesson: Lesson) -> None:
    group = LearnerGroup.objects.get()
    amina, _ben, _carla, david, esi = (person.pk for person in school.learners)
    client = signed_in(school.coach)
    save(client, lesson, "people", learner_ids=[esi])
    mine = ticks_of(client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode())
    assert mine == esi
    # A colleague adds the group; the page that is open here does not show it.
    colleague = signed_in(school.admin)
    save(colleague, lesson, "people", assignments=[group.pk], learner_ids=[esi], people_were=mine)
    answer = save(client, lesson, "people", learner_ids=[esi, david], people_were=mine).content.decode()
    assert people_of(lesson.pk) == {"assignments": [group.pk], "learner_ids": sorted([david, esi])}
    # What was ticked here is what the window shows; the colleague's group is still none that was unticked in it.
    mine = ticks_of(answer)
    assert set(mine.split(",")) == {esi, david}
    save(client, lesson, "people", learner_ids=[david], people_were=mine)
    assert people_of(lesson.pk) == {"assignments": [group.pk], "learner_ids": [david]}
    form = {"assignments": [school.classroom.pk], "learner_ids": [amina], "people_were": david}
    whole = save(client, lesson, "people", **form).content.decode()
    assert people_of(lesson.pk) == {"assignments": [school.classroom.pk], "learner_ids": []}
    save(client, lesson, "people", learner_ids=[amina], people_were=ticks_of(whole))
    assert people_of(lesson.pk) == {"assignments": [], "learner_ids": [amina]}


def test_a_tick_whose_answer_was_lost_can_be_taken_away_again(school: School, lesson: Lesson) -> None:
    david, esi = (person.pk for person in school.learners[3:])
    client = signed_in(school.coach)
    save(client, lesson, "people", learner_ids=[esi])
    # It arrives, its answer does not: the next message is about the same ticks as before it.
    save(client, lesson, "people", learner_ids=[david, esi], people_were=esi)
    save(client, lesson, "people", learner_ids=[esi], people_were=esi, people_sent=f",{david},{esi}")
    assert people_of(lesson.pk)["learner_ids"] == [esi]
    # Or it did not arrive.
    save(client, lesson, "people", learner_ids=[david, esi], people_were=esi, people_sent=f",{david},{esi}")
    assert people_of(lesson.pk)["learner_ids"] == sorted([david, esi])


def test_who_left_the_class_meanwhile_does_not_stop_a_tick(school: School, lesson: Lesson) -> None:
    david, esi = school.learners[3:]
    client = signed_in(school.coach)
    save(client, lesson, "people", learner_ids=[david.pk, esi.pk])
    Membership.objects.filter(user=david, collection=school.classroom).delete()
    answer = save(client, lesson, "people", learner_ids=[esi.pk, school.learner.pk], people_were=esi.pk)
    assert answer.status_code == 200
    assert people_of(lesson.pk)["learner_ids"] == sorted([esi.pk, school.learner.pk])


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("title", "x" * 51), ("title", "a\x00b"), ("title", "rain "), ("description", "x" * 201)],
)
def test_bad_input_stands_at_its_field(school: School, lesson: Lesson, field: str, value: str) -> None:
    create_lesson(school.coach, collection=school.classroom, title="Other")
    target = Lesson.objects.get(title="Other")
    answer = save(signed_in(school.coach), target, field, **{field: value})
    assert answer.status_code == 422
    assert re.search(rf'id="error-{field}"[^>]*>[^<]+<', answer.content.decode())
    assert b"Not saved" in answer.content
    assert Lesson.objects.get(pk=target.pk).title == "Other"


def test_people_of_another_school_are_refused(school: School, other_school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    for form in ({"assignments": other_school.classroom.pk}, {"learner_ids": other_school.learner.pk}):
        answer = save(client, lesson, "people", **form)
        assert answer.status_code == 422
        assert re.search(r'id="error-people"[^>]*>[^<]+<', answer.content.decode())
    assert b"5 learners" in client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content


def test_it_works_as_a_plain_form(school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    address = reverse("kolibri:coach:save", args=[lesson.pk])
    sent = ["title", "description", "is_active", "people"]
    good = {"sent": sent, "title": "Wind", "description": "x", "assignments": [school.classroom.pk]}
    assert client.post(address, good)["Location"] == reverse("kolibri:coach:lesson", args=[lesson.pk])
    assert client.post(address, {**good, "title": ""}).status_code == 400
    assert Lesson.objects.get().title == "Wind"


def test_deleting_and_undoing_from_the_class(school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    where = client.post(reverse("kolibri:coach:delete", args=[lesson.pk]))["Location"]
    assert not Lesson.objects.exists()
    page = client.get(where).content.decode()
    assert "was deleted" in page
    change = LessonChange.objects.get(after=None)
    assert client.post(reverse("kolibri:coach:undo", args=[change.pk]), {"stay": "class"}).status_code == 302
    assert Lesson.objects.get().pk == lesson.pk
    assert "was deleted" not in client.get(where).content.decode()
    assert client.post(reverse("kolibri:coach:undo", args=[change.pk])).status_code == 409


def test_a_change_is_undone_from_the_page(school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    save(client, lesson, "title", title="Wind")
    page = client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()
    assert "Undo: Title changed" in page
    change = LessonChange.objects.first()
    client.post(reverse("kolibri:coach:undo", args=[change.pk]))
    assert Lesson.objects.get().title == "Rain"


def addresses(lesson: Lesson) -> list[tuple[str, str]]:
    classroom = lesson.collection_id
    change = LessonChange.objects.first().pk
    get = [("class", classroom), ("lesson", lesson.pk), ("pick", lesson.pk), ("new-group", classroom)]
    post = [("new-lesson", classroom), ("save", lesson.pk), ("visible", lesson.pk), ("resources", lesson.pk)]
    post += [("undo", change), ("delete", lesson.pk)]
    made = [("get", reverse(f"kolibri:coach:{name}", args=[pk])) for name, pk in get]
    return made + [("post", reverse(f"kolibri:coach:{name}", args=[pk])) for name, pk in post]


def test_nobody_else_opens_or_changes_it(school: School, other_school: School, lesson: Lesson) -> None:
    for method, address in addresses(lesson):
        stranger = getattr(signed_in(None), method)(address)
        assert stranger.status_code == 302 and "/sign-in/" in stranger["Location"], address
        assert getattr(signed_in(school.learner), method)(address).status_code == 403, address
        assert getattr(signed_in(other_school.coach), method)(address).status_code in (403, 404), address
        assert getattr(signed_in(other_school.admin), method)(address).status_code in (403, 404), address
    assert Lesson.objects.get().title == "Rain"
    assert LessonChange.objects.count() == 1


def test_the_wrong_method_is_refused(school: School, lesson: Lesson) -> None:
    client = signed_in(school.coach)
    for method, address in addresses(lesson):
        if "new-group" in address:
            continue
        other = "post" if method == "get" else "get"
        assert getattr(client, other)(address).status_code == 405, address


@pytest.mark.parametrize("topic", ["", "nonsense", "0" * 32, "\x00"])
def test_the_picker_survives_any_folder(school: School, lesson: Lesson, topic: str) -> None:
    address = reverse("kolibri:coach:pick", args=[lesson.pk])
    answer = signed_in(school.coach).get(address, {"topic": topic, "q": topic and "\x00x"}, headers=HTMX)
    assert answer.status_code == 200
