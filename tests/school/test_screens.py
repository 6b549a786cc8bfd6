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
