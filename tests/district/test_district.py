"""What holds a district's server together: one school seen alike by all processes, each job done once."""

import datetime
import time

import pytest

from tests.district.conftest import NAME
from tests.district.rig import CONTENT
from tests.district.rig import SCHOOL
from tests.district.rig import Browser
from tests.patience import until
from tests.schools import PASSWORD
from tests.server.conftest import store
from tests.sticks import make_stick

pytestmark = [pytest.mark.timeout(300), pytest.mark.acceptance("A2")]


def test_processes_that_start_together_make_the_database_once(district):
    applied = district.run(
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "from django.db import connection\n"
        "answer = [f'{m.app}.{m.name}' for m in MigrationRecorder.Migration.objects.all()]"
    )
    assert len(applied) == len(set(applied)) > 20
    assert {name: process.poll() for name, process in district.processes.items()} == {"1": None, "2": None}


def test_each_process_is_reached_by_its_name(district):
    for name in ("1", "2"):
        found = district.command("status", process=name)
        assert (found.returncode, found.stdout.startswith("ready ")) == (0, True), found.stderr
    twice = district.command("start", "--foreground", process="1")
    assert twice.returncode == 1
    assert "runs already" in twice.stderr
    assert (district.home / "logs" / "kolibri-1.log").exists()
    assert (district.home / "logs" / "kolibri-2.log").exists()


def test_a_session_of_one_process_is_good_at_the_other(at, school):
    one, other = at["1"], at["2"]
    signed_in = one.sign_in("coach", PASSWORD)
    assert (signed_in.status, one.ask("/api/lesson/").status) == (302, 200)
    other.cookies, other.token = one.cookies, one.token
    assert [lesson["title"] for lesson in other.ask("/api/lesson/").json] == ["Fractions"]
    assert other.ask(f"/api/lesson/{school['lesson']}/").json["classroom"]["name"] == "Grade 4"
    # Signed out at the one, gone at the other.
    one.ask(f"/coach/class/{school['classroom']}/")
    assert one.post("/sign-out/", {}).status == 302
    assert other.ask("/api/lesson/").status == 403


def test_what_one_process_writes_the_other_shows_at_once(at, school):
    one, other = at["1"], at["2"]
    for browser in (one, other):
        assert browser.sign_in("coach", PASSWORD).status == 302
    before = other.ask("/api/lesson/")
    one.ask(f"/coach/class/{school['classroom']}/")
    made = one.ask(
        "/api/lesson/",
        method="POST",
        body=b'{"title": "Decimals", "collection": "%s"}' % school["classroom"].encode(),
        headers={"Content-Type": "application/json", "X-CSRFToken": one.token, "Origin": f"https://{SCHOOL}"},
    )
    assert made.status == 201, made.body
    tagged = {"If-None-Match": before.headers["etag"]} if "etag" in before.headers else {}
    seen = other.ask("/api/lesson/", headers=tagged)
    assert {lesson["title"] for lesson in seen.json} >= {"Fractions", "Decimals"}


def test_settings_of_the_server_are_read_anew_by_all(at, school, district):
    """A kept copy that only one process forgot would show an old school's name for a minute."""
    for browser in at.values():
        assert "Hill School" in browser.ask("/sign-in/").text
    district.run(
        "from kolibri.core.auth.models import Facility; from kolibri.core.device.models import DeviceSettings\n"
        "Facility.objects.filter(name='Hill School').update(name='Hill School II'); DeviceSettings.forget()"
    )
    for browser in at.values():
        assert "Hill School II" in browser.ask("/sign-in/").text


def test_each_import_is_carried_out_by_exactly_one_process(district, school, tmp_path):
    """A dozen imports of one channel, all at once: each has one worker, and none is in another's way."""
    sticks = [make_stick(tmp_path / f"stick-{number}") for number in range(12)]
    asked = district.run(
        "from kolibri.core.content.tasks import ImportChannels\n"
        "answer = [ImportChannels.enqueue(folder).job_id for folder in given['folders']]",
        folders=[str(stick.export) for stick in sticks],
    )
    look = (
        "from kolibri.core.tasks.models import JobRow\n"
        "rows = JobRow.objects.filter(pk__in=given['ids'])\n"
        "answer = [[r.state, (r.worker.split(' ') + [''])[1], r.attempts, r.error] for r in rows]"
    )

    def all_ended():
        rows = district.run(look, ids=asked)
        return rows if all(row[0] in ("COMPLETED", "FAILED", "CANCELED") for row in rows) else None

    rows = until(all_ended, "the end of all", seconds=120)
    assert {(state, attempts, error) for state, _worker, attempts, error in rows} == {("COMPLETED", 1, "")}
    ours = {str(process.pid) for process in district.processes.values()}
    assert {worker for _state, worker, _attempts, _error in rows} <= ours


def test_too_many_wrong_tries_count_over_all_processes(at, school):
    name = "nobody"
    answers = []
    for number in range(40):
        browser = at["1" if number % 2 else "2"]
        answers.append(browser.sign_in(name, "wrong").status)
        if answers[-1] == 429:
            break
    assert set(answers) == {400, 429}
    assert at["1"].sign_in(name, "wrong").status == at["2"].sign_in(name, "wrong").status == 429


# Through nginx, over https


def test_a_person_signs_in_through_the_proxy(browser, school):
    signed_in = browser.sign_in("coach", PASSWORD)
    assert (signed_in.status, signed_in.headers["location"]) == (302, "/")
    page = browser.ask(f"/coach/class/{school['classroom']}/")
    assert page.status == 200
    assert "Grade 4" in page.text
    assert f" https://{CONTENT};" in page.headers["content-security-policy"]
    for _turn in range(6):
        assert browser.ask("/api/lesson/").status == 200


def test_a_lesson_is_changed_on_the_page(browser, school):
    assert browser.sign_in("coach", PASSWORD).status == 302
    address = f"/coach/lesson/{school['lesson']}/"
    assert "Fractions" in browser.ask(address).text
    assert browser.post(f"{address}save/", {"sent": "description", "description": "Halves and thirds"}).status < 400
    # Whichever process is asked.
    for _turn in range(4):
        assert "Halves and thirds" in browser.ask(address).text


def test_every_cookie_is_for_https_alone(browser, school):
    browser.ask("/sign-in/")
    for answer in (browser.post("/language/", {"language": "sw"}), browser.sign_in("coach", PASSWORD)):
        assert answer.cookies
        assert [flags for flags in answer.cookies if "secure" not in flags.lower()] == []


def test_forged_forms_are_refused(browser, school):
    browser.ask("/sign-in/")
    right = {"username": "coach", "password": PASSWORD}
    assert browser.post("/sign-in/", right, token="x" * 64).status == 403
    assert browser.post("/sign-in/", right, origin="https://stranger.example").status == 403
    assert browser.post("/sign-in/", right, origin=f"http://{SCHOOL}").status == 403
    assert browser.post("/sign-in/", right, origin=f"https://{CONTENT}").status == 403
    assert browser.post("/sign-in/", right).status == 302


def test_strange_names_reach_nothing(district):
    port, certificate = district.port, district.folder / "kolibri.pem"
    for host in ("stranger.example", "127.0.0.1", f"127.0.0.1:{district.ports['1']}"):
        found = Browser(port, certificate=certificate).ask("/sign-in/", headers={"Host": host})
        assert found.status == 400, host


def test_the_window_and_its_controls_are_not_outside(browser, district):
    assert browser.ask("/window/enter?key=x").status in (302, 403)
    assert browser.ask("/control/status", method="POST", body=b"").status in (403, 404)


def test_media_come_in_ranges_with_the_programs_own_headers(browser, at, district):
    name = store(district.home / "content", bytes(range(256)) * 4096, "mp4")
    path = f"/content/storage/{name[0]}/{name[1]}/{name}"
    headers = {"Range": "bytes=1000-1999"}
    by_proxy, by_process = browser.ask(path, headers=headers), at["1"].ask(path, headers=headers)
    assert by_proxy.status == by_process.status == 206
    assert by_proxy.body == by_process.body == (bytes(range(256)) * 4096)[1000:2000]
    assert by_proxy.headers["content-range"] == by_process.headers["content-range"] == "bytes 1000-1999/1048576"
    same = ("content-type", "cache-control", "x-content-type-options", "content-security-policy")
    for header in (*same, "cross-origin-resource-policy"):
        assert by_proxy.headers[header] == by_process.headers[header], header
    assert browser.ask(path, headers={"If-None-Match": by_proxy.headers["etag"]}).status == 304
    assert browser.ask(f"{path}x").status == 404
    # nginx gives out what is under its content's sum, and nothing beside it.
    assert browser.ask("/content/storage/../../secret_key").status in (400, 404)
    assert browser.ask("/content/storage/%2e%2e/%2e%2e/secret_key").status in (400, 404)


def test_html5_resources_have_a_name_of_their_own(browser, district):
    shim = Browser(district.port, name=CONTENT, certificate=district.folder / "kolibri.pem").ask("/shim/storage.js")
    assert shim.status == 200
    assert f"https://{CONTENT}" in shim.headers["content-security-policy"]
    assert "set-cookie" not in shim.headers
    assert browser.ask("/shim/storage.js").status == 404


def test_static_files_come_through(browser):
    assert browser.ask("/static/assets/htmx.min.js").status in (200, 404)
    page = browser.ask("/sign-in/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert browser.ask(address).headers["content-type"].startswith("text/css")


def test_one_process_ends_and_nobody_notices(district, browser, school):
    assert browser.sign_in("coach", PASSWORD).status == 302
    assert district.command("stop", process="1").returncode == 0
    district.processes["1"].wait(15)
    try:
        for _turn in range(10):
            assert browser.ask("/api/lesson/").status == 200
    finally:
        began = time.monotonic()
        district.start("1")
    assert datetime.timedelta(seconds=time.monotonic() - began) < datetime.timedelta(seconds=60)
    assert Browser(district.ports["1"]).ask("/sign-in/").status == 200


def test_a_database_that_was_away_costs_nothing_for_good(district, browser, school):
    """Connections that threads keep are found out when they are dead."""
    assert browser.sign_in("coach", PASSWORD).status == 302
    cut = district.run(
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        '    cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "\n'
        '                   "WHERE datname = current_database() AND pid <> pg_backend_pid()")\n'
        "    answer = cursor.fetchone()[0]"
    )
    assert cut > 0
    assert [browser.ask("/api/lesson/").status for _turn in range(10)] == [200] * 10
    assert NAME in district.database_url


def test_redis_that_is_away_makes_it_slower_and_no_more(district, browser, school):
    redis = district.others[0]
    redis.terminate()
    redis.wait(15)
    try:
        assert browser.sign_in("coach", PASSWORD).status == 302
        assert [browser.ask(f"/coach/class/{school['classroom']}/").status for _turn in range(4)] == [200] * 4
    finally:
        district.others.remove(redis)
        district.start_redis()
        district.others.insert(0, district.others.pop())
    assert browser.ask("/api/lesson/").status == 200


def test_a_newer_database_is_refused(district, school):
    add = (
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "from django.db import connection\n"
        "rows = MigrationRecorder.Migration.objects.filter(app='lessons', name='9999_from_the_future')\n"
    )
    district.run(add + "MigrationRecorder(connection).record_applied('lessons', '9999_from_the_future')")
    try:
        district.ports["3"] = 1 + max(district.ports.values())
        found = district.command("start", "--foreground", process="3")
        assert found.returncode == 1
        assert "newer version" in found.stderr
    finally:
        del district.ports["3"]
        district.run(add + "rows.delete()")
