"""What a learner is shown, and what is not here for him."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.content import services as content
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile
from kolibri.core.lessons.services import create_lesson


def entries_of(*titles: str):
    nodes = [ContentNode.objects.filter(title=title).order_by("pk").first() for title in titles]
    return [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in nodes]


def give(school, title: str, **more):
    return create_lesson(school.coach, **{"collection": school.classroom, "title": title, "is_active": True, **more})


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def titles(client) -> list[str]:
    return re.findall(r"<strong><bdi>(.*?)</bdi>", client.get("/learn/").content.decode())


def test_strangers_sign_in_first(school):
    lesson = give(school, "Rain")
    for address in ("/learn/", f"/learn/lesson/{lesson.pk}/", f"/learn/lesson/{lesson.pk}/{'0' * 32}/"):
        assert Client().get(address)["Location"].startswith("/sign-in/")


def test_only_visible_lessons_that_are_for_him(school, other_school, client):
    other_class = auth.create_classroom(school.facility, "Grade 5")
    readers = LearnerGroup.objects.get(parent=school.classroom)
    shown = [
        give(school, "For the class"),
        give(school, "For the readers", assignments=[readers.pk]),
        give(school, "For Amina", learner_ids=[school.learner.pk]),
    ]
    unseen = [
        give(school, "Hidden", is_active=False),
        give(school, "For Ben", learner_ids=[school.learners[1].pk]),
        give(school, "For Grade 5", collection=other_class),
        give(other_school, "For the valley"),
    ]
    assert titles(client) == ["For Amina", "For the readers", "For the class"]
    assert {client.get(f"/learn/lesson/{lesson.pk}/").status_code for lesson in shown} == {200}
    assert {client.get(f"/learn/lesson/{lesson.pk}/").status_code for lesson in unseen} == {404}
    # Esi is no reader, and a teacher learns nothing here.
    esi = Client()
    esi.force_login(school.learners[4])
    assert titles(esi) == ["For the class"]
    esi.force_login(school.coach)
    assert titles(esi) == []


def test_a_lesson_says_its_class_and_how_much_is_in_it(school, client, channel):
    give(school, "Rain", resources=entries_of("The water cycle", "Adding"))
    assert "Grade 4 Rain 2 resources" in text(client.get("/learn/"))


def test_resources_stand_in_the_teacher_s_order(school, client, channel):
    order = ["Adding", "The water cycle", "A steady tone"]
    lesson = give(school, "Rain", description="Look\nfirst", resources=entries_of(*order))
    page = client.get(f"/learn/lesson/{lesson.pk}/")
    assert re.findall(r"<strong><bdi>(.*?)</bdi>", page.content.decode()) == order
    assert "Video · 0:08" in text(page) and "Look<br>first" in page.content.decode()


def test_previous_and_next_lead_through_the_lesson(school, client, channel):
    entries = entries_of("The water cycle", "A steady tone", "Adding")
    lesson = give(school, "Rain", resources=entries)
    places = [f"/learn/lesson/{lesson.pk}/{entry['contentnode_id']}/" for entry in entries]
    pages = [client.get(place) for place in places]
    for number, page in enumerate(pages):
        html = page.content.decode()
        assert f"{number + 1} of 3" in text(page)
        assert re.findall(r'rel="prev" href="([^"]*)"', html) == places[:number][-1:]
        assert re.findall(r'rel="next" href="([^"]*)"', html) == places[number + 1 :][:1]
    assert "Back to the lesson" in text(pages[2]) and "<video" in pages[0].content.decode()
    assert "<audio" in pages[1].content.decode() and "cannot be shown yet" in text(pages[2])


def test_what_cannot_be_shown_counts_as_nothing(school, client, channel):
    """A page that says only “cannot be shown yet” must not become “Finished” for having been open a while."""
    entries = entries_of("The water cycle", "A steady tone", "Water words")
    unseen = entries_of("Adding", "How a plant grows")
    lesson = give(school, "Rain", resources=[*entries, *unseen])

    def counts(entry) -> bool:
        page = client.get(f"/learn/lesson/{lesson.pk}/{entry['contentnode_id']}/").content.decode()
        return "data-visit" in page and "learn/visit" in page

    assert [counts(entry) for entry in entries] == [True] * 3
    assert [counts(entry) for entry in unseen] == [False] * 2
    # Its files are gone, its record is not.
    LocalFile.objects.filter(files__contentnode=entries[0]["contentnode_id"]).update(available=False)
    assert not counts(entries[0])
    content.delete_channel(channel)
    assert not any(map(counts, [*entries, *unseen]))


def test_a_lesson_with_missing_resources_opens_and_names_them(school, client, channel):
    entries = entries_of("The water cycle", "Adding")
    entries.append({"contentnode_id": "e" * 32, "content_id": "e" * 32, "channel_id": "e" * 32})
    lesson = give(school, "Rain", resources=entries)
    content.delete_channel(channel)
    page = client.get(f"/learn/lesson/{lesson.pk}/")
    assert re.findall(r"<strong><bdi>(.*?)</bdi>", page.content.decode()) == [
        "The water cycle",
        "Adding",
        "A resource that is not here",
    ]
    assert text(page).count("Not on this computer just now.") == 3
    for entry in entries:
        assert client.get(f"/learn/lesson/{lesson.pk}/{entry['contentnode_id']}/").status_code == 200


def test_what_the_lesson_does_not_hold_is_not_opened_through_it(school, client, channel):
    lesson = give(school, "Rain", resources=entries_of("Adding"))
    (other,) = entries_of("The water cycle")
    answer = client.get(f"/learn/lesson/{lesson.pk}/{other['contentnode_id']}/")
    assert answer.status_code == 404 and "not part of the lesson any more" in text(answer)


@pytest.mark.parametrize(
    "place", ["lesson/x/", f"lesson/{'0' * 32}/", f"lesson/{'A' * 32}/", f"lesson/{'0' * 32}/%00/"]
)
def test_odd_addresses_are_not_here(client, place):
    assert client.get(f"/learn/{place}").status_code == 404


def test_learning_changes_nothing(school, client):
    lesson = give(school, "Rain")
    for address in ("/learn/", f"/learn/lesson/{lesson.pk}/"):
        assert client.post(address).status_code == 405


def test_markup_in_a_teacher_s_words_stays_text(school, client):
    lesson = give(school, "<script>alert(1)</script>", description="<b>bold</b>")
    for address in ("/learn/", f"/learn/lesson/{lesson.pk}/"):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html and "<b>" not in html


def test_the_lists_take_the_same_queries_whatever_their_length(school, client, channel):
    client.get("/learn/")
    counts = []
    every = [node.title for node in ContentNode.objects.resources().available()]
    for number in (1, 2, len(every)):
        lesson = give(school, f"Rain {number}", resources=entries_of(*dict.fromkeys(every[:number])))
        with CaptureQueriesContext(connection) as lessons:
            client.get("/learn/")
        with CaptureQueriesContext(connection) as resources:
            client.get(f"/learn/lesson/{lesson.pk}/")
        counts.append((len(lessons), len(resources)))
    assert len(set(counts)) == 1


def test_a_lesson_is_begun_with_what_can_be_shown(school, channel, client):
    give(school, "Sums", resources=entries_of("Adding", "Number words"))
    assert "Begin: Number words" in text(client.get("/learn/"))
