"""Three pictures pressed in a browser: by mouse, by keyboard, and where no script runs."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from kolibri.core.auth import pictures
from kolibri.core.auth import school_settings
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.ways import Way
from tests.schools import School
from tests.screens import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("by", ["mouse", "keyboard", "no script"])
def test_three_presses_sign_in(visit: Visit, open_school: School, by: str):
    school_settings.write(open_school.facility, replace(school_settings.read(open_school.facility), way=Way.PICTURES))
    learner = FacilityUser.objects.get(pk=open_school.learners[1].pk)
    words = [str(picture.word) for picture in pictures.read(learner.picture_password)]
    page = visit("/sign-in/?with=name", look="phone", java_script_enabled=by != "no script")
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.get_by_role("link", name="Ben Carter").click()
    # A press before the script is there goes to the server, as without one.
    page.wait_for_url("**/sign-in/pictures/**")
    for place, word in enumerate(words, start=1):
        button = page.get_by_role("button", name=word, exact=True)
        if by == "keyboard":
            button.focus()
            page.keyboard.press("Enter")
        else:
            button.click()
        if place < 3:
            expect(page.locator(".pressed li:not([data-empty])")).to_have_text(words[:place])
            if by != "no script":
                expect(page.locator("#said")).to_have_text(f"{place} of 3 pictures pressed.")
    expect(page).to_have_url(re.compile("/learn/"))
    assert len(sent) == (3 if by == "no script" else 1)
