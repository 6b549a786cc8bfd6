"""People from a list in a browser: clicks and time to a class of thirty, dropping a file, and how the pages look."""

import time

import pytest
from playwright.sync_api import expect

from kolibri.core.auth.models import Membership
from tests.screens import LOOKS
from tests.screens import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

THIRTY = "Name,Class\n" + "".join(f"Learner Number {number},Grade 9\n" for number in range(30))
MIXED = (
    "Username,Name,User type,Class,Phone\n"
    "bad name!,Bad,,,\n"
    f"zoe,{'Zoe ' * 29}Zulu,,A class with a rather long name that goes on,\n"
    "محمد,محمد علي,,Grade 4,07\n"
    "amina,Amina B. Bello,,Grade 5,\n"
    "tom,Tom,Teacher,Grade 5,\n"
    "ben,,,,\n"
)


def test_from_the_school_page_to_a_class_of_thirty(visit, open_school, tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(THIRTY, "utf-8")
    page = visit("/school/", open_school.admin)
    page.evaluate("sessionStorage.clicks = 0")
    page.add_init_script(
        "addEventListener('click', (event) => { if (event.isTrusted) sessionStorage.clicks++; }, true)"
    )
    page.reload()
    # The server runs in this process; what else the computer does meanwhile does not count.
    start = time.process_time()
    page.get_by_role("link", name="People from a list").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_label("File with the list").click()
    chooser.value.set_files(path)
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("button", name="Add 30 people").click()
    expect(page.get_by_role("link", name="Grade 9")).to_be_visible()
    assert time.process_time() - start < 2
    assert int(page.evaluate("sessionStorage.clicks")) == 4
    assert Membership.objects.filter(collection__name="Grade 9").count() == 30


@pytest.mark.parametrize("look", LOOKS)
def test_how_the_pages_look(visit, open_school, tmp_path, look):
    page = visit(f"/school/class/{open_school.classroom.pk}/", open_school.admin, look)
    check(page, "class", tmp_path)
    page.get_by_role("link", name="From a file").click()
    expect(page.get_by_label("Put every learner into the class")).to_have_value(open_school.classroom.pk)
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_label("File with the list")).to_be_focused()
    check(page, "list-error", tmp_path)
    page.get_by_label("Or paste the list").fill(MIXED)
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_role("button", name="Add 2, change 1")).to_be_visible()
    check(page, "list-plan", tmp_path)
    page.get_by_role("button", name="Add 2, change 1").click()
    expect(page.get_by_text("2 rows were left out.")).to_be_visible()
    check(page, "list-done", tmp_path)
    page.get_by_role("link", name="People of the school").last.click()
    check(page, "people", tmp_path)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Excel").click()
    assert saved.value.suggested_filename == "people.xlsx"


def test_a_file_is_dropped_on_the_page(visit, open_school):
    page = visit("/school/people/list/", open_school.admin)
    files = page.evaluate_handle(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'class.csv')); return data; }",
        THIRTY,
    )
    for event in ("dragenter", "dragover"):
        page.dispatch_event("main", event, {"dataTransfer": files})
    expect(page.locator(".drop")).to_have_class("field drop is-over")
    page.dispatch_event("main", "drop", {"dataTransfer": files})
    expect(page.locator(".drop")).to_have_class("field drop")
    expect(page.get_by_label("File with the list")).to_be_focused()
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_role("button", name="Add 30 people")).to_be_visible()


def test_it_works_without_scripts(visit, open_school):
    page = visit("/school/people/list/", open_school.admin, java_script_enabled=False)
    page.get_by_label("Or paste the list").fill("Fatou Sow\nZoe Zulu")
    page.get_by_label("Or into a new class").fill("Grade 9")
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("button", name="Add 2 people").click()
    expect(page.get_by_role("link", name="Grade 9")).to_be_visible()
