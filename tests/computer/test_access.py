"""Who may change what is on the computer, and who is turned away."""

import pytest
from django.test import Client

from kolibri.core.device import sharing
from kolibri.core.device import window_key
from kolibri.core.tasks.models import JobRow
from tests.schools import make_superuser

GETS = ["content/", "content/now/", f"content/channel/{'a' * 32}/delete/", "share/", "share/state/"]
POSTS = ["content/folder/", "content/import/", f"content/import/{'a' * 32}/go-on/"]
POSTS += [f"content/import/{'a' * 32}/put-away/", f"content/channel/{'a' * 32}/delete/", "share/start/", "share/stop/"]


@pytest.fixture(autouse=True)
def nothing_attached(settings, tmp_path):
    settings.KOLIBRI_HOME, settings.KOLIBRI_EXTRA_DRIVES = tmp_path, []


@pytest.fixture
def sharer():
    """Counts how often sharing was begun or ended."""

    class Sharer:
        presses = 0

        def state(self):
            return sharing.Sharing()

        def start(self):
            self.presses += 1
            return self.state()

        stop = start

    found = Sharer()
    sharing.register(found)
    yield found
    sharing.register(None)


def at_window(client):
    client.defaults["kolibri.listener"] = "window"
    client.get("/window/enter", {"key": window_key.issue(), "next": "/"})
    return client


def everything(client):
    """Return the answers to every address."""
    asked = [client.get(f"/computer/{page}") for page in GETS]
    return asked + [client.post(f"/computer/{page}", {"source": "a", "folder": "/tmp"}) for page in POSTS]


@pytest.mark.parametrize("who", ["learner", "coach", "admin"])
def test_from_another_machine_nobody_of_the_school_gets_in(school, sharer, who):
    client = Client()
    client.defaults["kolibri.listener"] = "class"
    client.force_login(getattr(school, who))
    assert {answer.status_code for answer in everything(client)} == {403}
    assert sharer.presses == 0 and not JobRow.objects.exists()


def test_whoever_has_not_signed_in_is_asked_to(school, sharer):
    for client in (Client(), at_window(Client())):
        for answer in everything(client):
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
    assert sharer.presses == 0


def test_a_learner_at_the_window_is_refused(school, sharer):
    client = at_window(Client())
    client.force_login(school.learner)
    at_window(client)
    assert {answer.status_code for answer in everything(client)} == {403}
    assert sharer.presses == 0


def test_the_window_s_mark_is_nothing_on_the_class_s_listener(school, sharer):
    client = Client()
    client.force_login(school.coach)
    at_window(client)
    client.defaults["kolibri.listener"] = "class"
    assert {answer.status_code for answer in everything(client)} == {403}


def test_a_coach_at_the_window_shares_and_brings_in(school, sharer):
    client = Client()
    client.force_login(school.coach)
    at_window(client)
    assert client.get("/computer/content/").status_code == 200
    assert client.post("/computer/share/start/")["Location"] == "/computer/share/"
    assert sharer.presses == 1
    html = client.get("/computer/share/").content.decode()
    assert 'href="/computer/content/"' in html and 'href="/computer/share/"' in html


def test_who_runs_the_computer_may_from_anywhere(school, sharer):
    client = Client()
    client.defaults["kolibri.listener"] = "class"
    client.force_login(make_superuser(school.admin))
    assert client.get("/computer/content/").status_code == 200
    assert client.get("/computer/share/").status_code == 200


@pytest.mark.parametrize("page", ["content/folder/", "content/import/", "share/start/", "share/stop/"])
def test_changes_are_posts_only(school, page):
    client = Client()
    client.force_login(make_superuser(school.admin))
    assert client.get(f"/computer/{page}").status_code == 405
    assert client.post("/computer/content/").status_code == 405
    assert client.delete(f"/computer/content/channel/{'a' * 32}/delete/").status_code == 405
