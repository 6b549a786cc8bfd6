"""A group's deletion, as it looks and behaves in a browser."""

import pytest
from playwright.sync_api import expect

from kolibri.core.auth.models import LearnerGroup
from tests.screens import LOOKS
from tests.screens import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_a_group_is_deleted_and_brought_back(visit, open_school, tmp_path, look):
    group = LearnerGroup.objects.get()
    page = visit(f"/coach/group/{group.pk}/", open_school.coach, look)
    check(page, "group", tmp_path)
    page.get_by_role("button", name="Delete this group").click()
    expect(page.get_by_text("“Readers” was deleted.")).to_be_visible()
    check(page, "deleted", tmp_path)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("“Readers” is here again.")).to_be_visible()
    assert LearnerGroup.objects.get().membership.count() == 2
