"""The school's screens as they look and behave in a browser."""

import pytest
from playwright.sync_api import expect

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from tests.screens import LOOKS
from tests.screens import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_from_a_new_class_to_its_learners(visit, open_school, tmp_path, look):
    page = visit("/school/", open_school.admin, look)
    check(page, "classes", tmp_path)
    page.get_by_role("button", name="Make the class").click()
    expect(page.get_by_label("Name of a new class")).to_be_focused()
    check(page, "classes-error", tmp_path)
    page.get_by_label("Name of a new class").fill("Grade 5")
    page.get_by_role("button", name="Make the class").click()
    expect(page.get_by_role("heading", name="Grade 5")).to_be_visible()
    check(page, "empty-class", tmp_path)
    page.get_by_label("Names").fill("Fatou Sow\nAmina Bello\nمحمد علي")
    expect(page.get_by_label("Username of Amina Bello")).to_have_value("aminab")
    page.get_by_label("Username of Fatou Sow").fill("lion")
    check(page, "names", tmp_path)
    page.get_by_role("button", name="Add to the class").click()
    expect(page.get_by_text("3 learners were added.")).to_be_visible()
    assert FacilityUser.objects.get(full_name="Fatou Sow").username == "lion"
    page.get_by_role("button", name="Remove Fatou Sow").click()
    expect(page.get_by_text("is not in this class any more")).to_be_visible()
    check(page, "removed", tmp_path)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Fatou Sow is in the class again.")).to_be_visible()
    assert Membership.objects.filter(user__full_name="Fatou Sow").count() == 1


@pytest.mark.parametrize("look", LOOKS)
def test_a_teacher_is_added_and_a_password_given(visit, open_school, tmp_path, look):
    page = visit("/school/people/", open_school.admin, look)
    check(page, "people", tmp_path)
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Full name").fill("Zoe Zulu")
    page.get_by_label("Username").fill("zoe")
    page.get_by_label("Password").fill("seven-green-kites")
    page.get_by_text("Number, year of birth, gender").click()
    page.get_by_label("Year of birth").fill("14")
    page.get_by_label("Teacher of some classes").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Write the year in four digits, for example 2014.")).to_be_visible()
    check(page, "new-person", tmp_path)
    page.get_by_label("Year of birth").fill("1984")
    page.get_by_label("Password").fill("seven-green-kites")
    page.get_by_label("Grade 4").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Zoe Zulu")).to_be_visible()
    expect(page.get_by_text("Zoe Zulu was added.")).to_be_visible()
    page.get_by_label("Teacher of all classes").check()
    check(page, "person", tmp_path)
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Zoe Zulu was changed.")).to_be_visible()
    page.get_by_role("button", name="Remove from the school").click()
    expect(page.get_by_text("is not in the school any more")).to_be_visible()
    check(page, "removed", tmp_path)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Zoe Zulu is here again.")).to_be_visible()
