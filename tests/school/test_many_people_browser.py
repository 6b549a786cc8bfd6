"""Several people at once, as it looks and behaves in a browser."""

import pytest
from playwright.sync_api import expect

from kolibri.core.auth import services
from kolibri.core.auth.models import Membership
from tests.screens import LOOKS
from tests.screens import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_people_are_put_into_a_class_and_taken_out_again(visit, open_school, tmp_path, look):
    fifth = services.create_classroom(open_school.facility, "Grade 5")
    page = visit("/school/people/?who=learners", open_school.admin, look)
    page.get_by_label("Amina Bello").check()
    every = page.get_by_label("Tick everybody on this page")
    assert every.evaluate("one => one.indeterminate")
    check(page, "people", tmp_path)
    page.get_by_role("button", name="Put into the class").click()
    expect(page.get_by_text("Choose a class.")).to_be_visible()
    expect(page.get_by_label("Class").last).to_be_focused()
    expect(page.get_by_label("Amina Bello")).to_be_checked()
    check(page, "no-class", tmp_path)
    every.check()
    page.get_by_label("Class").last.select_option("Grade 5")
    page.get_by_role("button", name="Put into the class").click()
    expect(page.get_by_text("5 people are in “Grade 5” now.")).to_be_visible()
    assert Membership.objects.filter(collection=fifth).count() == 5
    check(page, "done", tmp_path)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 5 people are in “Grade 5” now.")).to_be_visible()
    assert not Membership.objects.filter(collection=fifth).exists()


@pytest.mark.parametrize("look", LOOKS)
def test_people_of_the_school_come_into_a_class(visit, open_school, tmp_path, look):
    fifth = services.create_classroom(open_school.facility, "Grade 5")
    page = visit(f"/school/class/{fifth.pk}/", open_school.admin, look)
    page.get_by_role("link", name="Put people of the school into this class").click()
    check(page, "enrol", tmp_path)
    page.get_by_label("Name, username or number").fill("ben")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Ben Carter").check()
    page.get_by_role("button", name="Put into the class").click()
    expect(page.get_by_text("1 person is in “Grade 5” now.")).to_be_visible()
    check(page, "came", tmp_path)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible()
    assert not Membership.objects.filter(collection=fifth).exists()
