"""Sessions: a new key at every sign-in, an end when the password, the rights or the person go."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.auth import services
from kolibri.core.auth import signing_in
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser
from tests.signin.conftest import phone
from tests.signin.conftest import type_in


def is_in(client: Client) -> bool:
    return client.get("/api/session/").json()["person"] is not None


def key(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def signed_in(username: str, password: str = "") -> Client:
    client = phone()
    assert type_in(client, username, password) == 302
    return client


def post(client: Client, values: dict[str, object], **more: object):
    return client.post("/api/session/", json.dumps(values), content_type="application/json", **more)


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_planted_session_key_is_worth_nothing(school: School, door: str) -> None:
    planted = phone()
    planted.session["a"] = 1
    session = planted.session
    session["planted"] = True
    session.save()
    planted.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    before = key(planted)
    if door == "page":
        assert type_in(planted, "coach", PASSWORD) == 302
    else:
        assert post(planted, {"username": "coach", "password": PASSWORD}).status_code == 200
    assert key(planted) != before
    attacker = Client()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = before
    assert not is_in(attacker)
    assert not Session.objects.filter(pk=before).exists()


def test_the_key_changes_also_for_the_same_person_and_for_another(school: School) -> None:
    client = signed_in("coach", PASSWORD)
    keys = [key(client)]
    for username in ("coach", "head"):
        assert type_in(client, username, PASSWORD) == 302
        keys.append(key(client))
        assert is_in(client)
    assert len(set(keys)) == 3
    assert Session.objects.count() == 1


def test_all_sessions_end_with_the_password(school: School) -> None:
    first, second = signed_in("coach", PASSWORD), signed_in("coach", PASSWORD)
    other = signed_in("head", PASSWORD)
    path = f"/api/facilityuser/{school.coach.pk}/"
    token = other.get("/api/session/").json()["csrf_token"]
    changed = other.patch(
        path, {"password": "quite new"}, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert changed.status_code == 200
    assert not is_in(first) and not is_in(second)
    assert is_in(other)
    assert type_in(phone(), "coach", PASSWORD) == 400
    assert is_in(signed_in("coach", "quite new"))


def test_sessions_of_the_deleted_end(school: School) -> None:
    client = signed_in("amina")
    assert is_in(client)
    admin = Client()
    admin.force_login(school.admin)
    assert admin.delete(f"/api/facilityuser/{school.learner.pk}/").status_code == 204
    assert not is_in(client)
    assert client.get("/learn/").status_code == 302
    assert type_in(phone(), "amina") == 400


@pytest.mark.parametrize("rise", ["coach", "admin", "superuser", "setting", "own password"])
def test_a_session_without_a_password_ends_when_one_is_wanted(school: School, rise: str) -> None:
    """Otherwise whoever typed the learner's name alone would hold a teacher's rights."""
    amina = school.learner
    client, other = signed_in("amina"), signed_in("ben")
    assert is_in(client)
    if rise == "coach":
        services.give_role(amina, school.classroom, role_kinds.COACH)
    elif rise == "admin":
        services.give_role(amina, school.facility, role_kinds.ADMIN)
    elif rise == "superuser":
        make_superuser(amina)
    elif rise == "setting":
        dataset = school.facility.dataset
        dataset.learner_can_login_with_no_password = False
        dataset.save()
    else:
        services.set_password(amina, "river")
        amina.save()
    assert client.get("/coach/").status_code == 302
    assert not is_in(client)
    assert is_in(other) is (rise != "setting")


def test_a_session_with_a_password_stays_when_rights_come(school: School) -> None:
    services.set_password(school.learner, "river")
    school.learner.save()
    client = signed_in("amina", "river")
    services.give_role(school.learner, school.classroom, role_kinds.COACH)
    assert is_in(client)
    assert client.get("/coach/", follow=True).status_code == 200


def test_signing_in_with_a_password_after_the_name_alone_counts(school: School) -> None:
    services.set_password(school.learner, "river")
    school.learner.save()
    client = signed_in("amina")
    assert type_in(client, "amina", "river") == 302
    services.give_role(school.learner, school.classroom, role_kinds.COACH)
    assert is_in(client)


def test_stay_is_for_half_a_year_else_until_the_browser_closes(school: School) -> None:
    name = settings.SESSION_COOKIE_NAME
    client = phone()
    answer = post(client, {"username": "coach", "password": PASSWORD})
    assert answer.cookies[name]["max-age"] == ""
    answer = post(phone(), {"username": "coach", "password": PASSWORD, "stay": True})
    assert answer.cookies[name]["max-age"] == signing_in.LONG_STAY


def test_a_sign_in_is_one_write(school: School) -> None:
    """The session's row is written once, with all it holds, beside the last login and the stay; the old row goes."""
    client = phone()
    with CaptureQueriesContext(connection) as queries:
        assert type_in(client, "coach", PASSWORD) == 302
    writes = [query["sql"] for query in queries if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert [sql.split()[0] for sql in writes] == ["DELETE", "UPDATE", "INSERT", "INSERT"]
    assert FacilityUser.objects.get(pk=school.coach.pk).last_login is not None
    # Nothing more is written while the session stays as it is, and what changes deep inside is.
    session = client.session
    session["nested"] = {"a": 1}
    session.save()
    session["nested"]["a"] = 2
    session.save()
    assert client.session["nested"] == {"a": 2}


def test_a_session_that_ended_meanwhile_does_not_come_back(school: School) -> None:
    client = signed_in("coach", PASSWORD)
    session = client.session
    assert session.get("_auth_user_id")
    Session.objects.all().delete()
    session["late"] = True
    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.exists()
