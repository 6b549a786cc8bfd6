"""A class as a whole, as it looks and behaves in a browser."""

import pytest
from playwright.sync_api import expect

from kolibri.core.auth.models import Classroom
from tests.screens import LOOKS
from tests.screens import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_a_class_is_copied_deleted_and_brought_back(visit, open_school, tmp_path, look):
    page = visit(f"/school/class/{open_school.classroom.pk}/", open_school.admin, look)
    check(page, "class", tmp_path)
    page.get_by_label("Name of the class").fill("")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name of the class")).to_be_focused()
    check(page, "no-name", tmp_path)
    page.get_by_label("Name of the class").fill("Grade 5")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Grade 5")).to_be_visible()
    page.get_by_role("button", name="Remove Class Coach").click()
    expect(page.get_by_text("does not teach this class any more")).to_be_visible()
    check(page, "left-coach", tmp_path)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Class Coach teaches this class now.")).to_be_visible()
    page.get_by_role("link", name="Copy this class").click()
    check(page, "copy", tmp_path)
    page.get_by_label("No learners").check()
    page.get_by_role("button", name="Make the class").click()
    expect(page.get_by_role("heading", name="Grade 5 2")).to_be_visible()
    page.get_by_role("button", name="Delete this class").click()
    expect(page.get_by_text("“Grade 5 2” was deleted.")).to_be_visible()
    check(page, "deleted", tmp_path)
    page.get_by_role("button", name="Bring back Grade 5 2").click()
    expect(page.get_by_text("“Grade 5 2” is here again.")).to_be_visible()
    assert Classroom.objects.count() == 2
