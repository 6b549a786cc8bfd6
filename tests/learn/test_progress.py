"""What a learner opens is kept, and found again: in a real browser, over a network that fails."""

import pytest
from playwright.sync_api import expect

from kolibri.core.content.models import ContentNode
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.logger.services import record_visit
from tests.patience import until
from tests.screens import bring
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def entry(node: ContentNode) -> dict[str, str]:
    return {"contentnode_id": node.pk, "content_id": node.content_id, "channel_id": node.channel_id}


@pytest.fixture
def works(computer, tmp_path) -> dict[str, ContentNode]:
    bring(make_stick(tmp_path / "stick"), computer)
    return {node.title: node for node in ContentNode.objects.resources().available()}


def give(school, *nodes: ContentNode):
    return create_lesson(
        school.coach,
        collection=school.classroom,
        title="Rain",
        resources=[entry(node) for node in nodes],
        is_active=True,
    )


def test_a_film_is_counted_and_taken_up_again(visit, open_school, works):
    film = works["The water cycle"]
    lesson = give(open_school, film, works["Counting beads"])
    page = visit(f"/learn/lesson/{lesson.pk}/{film.pk}/", open_school.learner)
    player = page.locator("video")
    player.evaluate("player => { player.muted = true; player.playbackRate = 4; return player.play(); }")
    # Seen to its end, told at once.
    until(lambda: ContentSummaryLog.objects.filter(completion_timestamp__isnull=False).exists(), "the film's end")
    expect(page.get_by_text("Finished")).to_be_visible()
    summary = ContentSummaryLog.objects.get()
    assert (summary.user, summary.content_id, summary.progress) == (open_school.learner, film.content_id, 1)
    page.get_by_role("link", name="Rain").click()
    expect(page.get_by_role("listitem").filter(has_text="The water cycle").get_by_text("Finished")).to_be_visible()
    page.get_by_role("link", name="My lessons").last.click()
    expect(page.get_by_text("Finished: 1 of 2")).to_be_visible()


def test_the_next_visit_begins_where_the_last_one_ended(visit, open_school, works):
    film, book = works["The water cycle"], works["Water words"]
    lesson = give(open_school, film, book)
    record_visit(open_school.learner, film, visit="1" * 32, seconds=8, progress=0.4, state={"place": 7})
    page = visit(f"/learn/lesson/{lesson.pk}/{film.pk}/", open_school.learner)
    duration = page.locator("video").evaluate(
        "async player => { while (!player.duration) await new Promise(done => setTimeout(done, 50));"
        " return player.duration; }"
    )
    if duration > 12:
        page.wait_for_function("() => document.querySelector('video').currentTime >= 7")
    else:
        # Too near its end: from the beginning.
        assert page.locator("video").evaluate("player => player.currentTime") == 0


def test_pages_of_a_document_that_were_seen_add_up(visit, open_school, works):
    book = works["Water words"]
    lesson = give(open_school, book)
    page = visit(f"/learn/lesson/{lesson.pk}/{book.pk}/", open_school.learner)
    page.locator(".pdf[data-ready=yes]").wait_for()
    pages = int(page.locator("[data-pdf-count]").text_content())
    for number in range(2, pages + 1):
        page.locator("[data-pdf-place]").fill(str(number))
        page.locator("[data-pdf-place]").press("Enter")
    until(lambda: ContentSummaryLog.objects.filter(progress=1).exists(), "all pages to be counted")
    page.reload()
    page.wait_for_function(f"() => document.querySelector('[data-pdf-place]').value === '{pages}'")


def test_an_interactive_page_finds_again_what_it_kept(visit, open_school, works):
    beads = works["Counting beads"]
    lesson = give(open_school, beads)
    address = f"/learn/lesson/{lesson.pk}/{beads.pk}/"
    page = visit(address, open_school.learner)
    inside = page.frame_locator(".viewer iframe")
    for _ in range(2):
        inside.get_by_role("button", name="One more").click()
    expect(inside.locator("#beads")).to_have_text("o o o o o 5")
    until(
        lambda: any("app" in one.extra_fields.get("contentState", {}) for one in ContentSummaryLog.objects.all()),
        "what the app kept",
    )
    page.goto(page.url)
    expect(inside.locator("#beads")).to_have_text("o o o o o 5")
    # Another learner on the same device begins anew.
    other = visit(address, open_school.learners[1])
    expect(other.frame_locator(".viewer iframe").locator("#beads")).to_have_text("o o o 3")


def test_an_app_that_keeps_too_much_loses_that_and_not_the_visit(visit, open_school, works):
    beads = works["Counting beads"]
    page = visit(f"/learn/lesson/{give(open_school, beads).pk}/{beads.pk}/", open_school.learner)
    frame = until(lambda: next((one for one in page.frames if "/zip/" in one.url), None), "the frame")
    # Each of these signs is six in the server's count.
    frame.evaluate("localStorage.drawing = 'ሰ'.repeat(11_000)")
    until(lambda: ContentSummaryLog.objects.filter(time_spent__gte=3).exists(), "the visit")
    assert "app" not in ContentSummaryLog.objects.get().extra_fields["contentState"]


def test_what_could_not_be_told_is_told_later(visit, open_school, works):
    beads = works["Counting beads"]
    lesson = give(open_school, beads)
    page = visit(f"/learn/lesson/{lesson.pk}/{beads.pk}/", open_school.learner)
    page.route("**/api/progress/**", lambda route: route.abort())
    page.wait_for_function("() => Object.keys(localStorage).some(key => key.startsWith('visit '))")
    assert not ContentSummaryLog.objects.exists()
    page.unroute("**/api/progress/**")
    page.goto(page.url)
    until(lambda: ContentSessionLog.objects.filter(time_spent__gte=3).exists(), "the first visit to arrive")
    page.wait_for_function("() => !Object.keys(localStorage).some(key => key.startsWith('visit '))")


def test_another_learner_on_the_device_tells_nothing_of_the_first(visit, open_school, works):
    beads = works["Counting beads"]
    lesson = give(open_school, beads)
    page = visit(f"/learn/lesson/{lesson.pk}/{beads.pk}/", open_school.learners[1])
    waiting = f"visit {open_school.learners[0].pk} {'7' * 32}"
    body = '{"contentnode_id": "%s", "seconds": 50, "progress": 0.5, "state": {}}' % beads.pk  # noqa: UP031
    page.evaluate("([key, body]) => localStorage.setItem(key, body)", [waiting, body])
    page.reload()
    until(lambda: ContentSummaryLog.objects.filter(user=open_school.learners[1]).exists(), "the own visit")
    assert not ContentSummaryLog.objects.filter(user=open_school.learners[0]).exists()
    assert page.evaluate("key => localStorage.getItem(key)", waiting) == body
