import json
import threading

import pytest
from django.core.cache import cache
from django.db import connection

from kolibri.core.auth import services as auth_services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.device import recovery
from kolibri.core.device import services
from kolibri.core.device.models import DeviceSettings
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from kolibri.errors import TooOften

PASSWORD = "blue kettle seven"
NEW = "seven goats on a hill"


def provision(**changes):
    answers = {
        "language": "en",
        "device_name": "laptop-4",
        "school_name": "Hill School",
        "full_name": "Amina Bello",
        "username": "amina",
        "password": PASSWORD,
        "classroom_name": "Grade 4",
        "learners": [("Ben Carter", "ben"), ("Carla Diaz", "")],
    }
    return services.provision(**{**answers, **changes})


def test_provision_makes_a_school_an_admin_a_class_and_learners(db):
    made = provision()
    settings = DeviceSettings.objects.get()
    admin = FacilityUser.objects.get(pk=made.admin.pk)
    assert made.is_new
    assert settings.is_provisioned and settings.default_facility_id == made.facility.pk
    assert (settings.name, settings.language) == ("laptop-4", "en")
    assert settings.date_provisioned is not None
    assert admin.is_superuser and admin.device_permissions.can_manage_content
    assert admin.has_role_for(role_kinds.ADMIN, made.facility)
    assert admin.check_password(PASSWORD)
    people = Membership.objects.filter(collection=made.classroom).values_list("user__username", "user__full_name")
    assert set(people) == {("ben", "Ben Carter"), ("carla", "Carla Diaz")}
    assert made.facility.dataset.learner_can_login_with_no_password


def test_provision_takes_a_hashed_password(db):
    made = provision(password="", password_hash=services.hash_password(PASSWORD))
    assert FacilityUser.objects.get(pk=made.admin.pk).check_password(PASSWORD)


def test_provision_without_any_password_is_a_mistake_of_the_caller(db):
    with pytest.raises(ValueError, match="password"):
        provision(password="")


def test_second_provision_finds_the_first_ones_school(db):
    first = provision()
    second = provision(school_name="Another", username="other", classroom_name="Other")
    assert not second.is_new
    assert (second.facility, second.admin, second.classroom) == (first.facility, first.admin, first.classroom)
    assert second.recovery_code == ""
    assert Facility.objects.count() == 1 and Classroom.objects.count() == 1 and FacilityUser.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"learners": [("Ben", "ben"), ("Ben", "BEN")]}, BadInputs),
        ({"learners": [("Ben", "amina")]}, BadInputs),
        ({"learners": [("Ben", "b en")]}, BadInputs),
        ({"username": "a b"}, BadInput),
    ],
)
def test_nothing_is_left_of_a_provision_that_fails(db, changes, error):
    with pytest.raises(error):
        provision(**changes)
    assert not Facility.objects.exists() and not FacilityUser.objects.exists()
    assert not DeviceSettings.objects.filter(is_provisioned=True).exists()
    assert recovery.in_clear() == ""


def test_nothing_is_left_when_the_last_step_breaks(db, monkeypatch):
    def broken(*args):
        raise RuntimeError("power cut")

    monkeypatch.setattr(services, "_save", broken)
    with pytest.raises(RuntimeError):
        provision()
    assert not Facility.objects.exists() and not Classroom.objects.exists() and not FacilityUser.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_threads_make_one_school():
    results, ready = [], threading.Barrier(2)

    def press(number):
        ready.wait()
        try:
            results.append(provision(school_name=f"School {number}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.is_new for result in results) == [False, True]
    assert Facility.objects.count() == Classroom.objects.count() == 1
    assert len({result.classroom.pk for result in results}) == 1


def test_names_of_every_script_become_learners(db):
    names = ["محمد الأمين", "ሰላማዊት ተስፋዬ", "अनन्या शर्मा", "王小明", "Łukasz Żak", "ნინო"]
    made = provision(full_name="Ọlá Adébáyọ̀", username="ọlá", learners=[(name, "") for name in names])
    people = Membership.objects.filter(collection=made.classroom).values_list("user__full_name", flat=True)
    assert set(people) == set(names)


def test_is_provisioned_sees_through_a_stale_copy(db):
    assert not services.is_provisioned()
    DeviceSettings.current()  # kept as it was before
    DeviceSettings.objects.create(pk=1)
    DeviceSettings.objects.filter(pk=1).update(is_provisioned=True)
    cache.set("device-settings", DeviceSettings())
    assert services.is_provisioned()
    assert DeviceSettings.current().is_provisioned


def test_answers_are_kept_page_by_page_until_the_school_stands(db):
    assert services.remember_answers("school", {"school_name": "Hill", "draft": "x"}, language="fr")
    assert services.remember_answers("school", {"draft": None})
    assert services.remember_answers("class", {"classroom_name": "4b"})
    assert services.answers() == {"school": {"school_name": "Hill"}, "class": {"classroom_name": "4b"}}
    assert DeviceSettings.objects.get().language == "fr"
    provision()
    assert services.answers() == {}
    assert not services.remember_answers("school", {"school_name": "Other"})
    assert DeviceSettings.objects.get().setup_answers == {recovery.NOT_SEEN: True}


def stored_text():
    """Everything that is in the database, as one text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(str(cursor.fetchall()))
    return "\n".join(found)


def test_neither_password_nor_code_is_stored_in_clear(db, caplog):
    made = provision()
    stored = stored_text() + json.dumps(services.answers())
    assert "Hill School" in stored
    for secret in (PASSWORD, made.recovery_code, made.recovery_code.replace("-", "")):
        assert secret not in stored and secret not in caplog.text
        assert secret not in repr(DeviceSettings.objects.get())


def test_code_has_eighty_bits_and_no_look_alikes():
    code = recovery.new_code()
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert len(set(recovery.ALPHABET)) == 32
    assert not set("01IO") & set(recovery.ALPHABET)
    assert len({recovery.new_code() for _ in range(200)}) == 200


def test_code_gives_a_new_password_once(db):
    made = provision()
    recovered = services.use_recovery_code("Amina", made.recovery_code, NEW)
    admin = FacilityUser.objects.get(pk=made.admin.pk)
    assert recovered.person == admin
    assert admin.check_password(NEW)
    assert recovered.recovery_code != made.recovery_code
    with pytest.raises(BadInput):
        services.use_recovery_code("amina", made.recovery_code, "another password here")
    assert FacilityUser.objects.get(pk=made.admin.pk).check_password(NEW)
    services.use_recovery_code("amina", recovered.recovery_code, "another password here")
    assert FacilityUser.objects.get(pk=made.admin.pk).check_password("another password here")


def test_code_is_read_as_people_write_it(db):
    code = provision().recovery_code
    services.use_recovery_code(" amina ", f"  {code.lower().replace('-', ' ')} ", NEW)


def test_wrong_name_and_wrong_code_get_the_same_answer(db):
    made = provision()
    teacher = auth_services.create_person(made.facility, username="coach", password=PASSWORD)
    said = set()
    for name, code in [("amina", recovery.new_code()), ("nobody", made.recovery_code), ("coach", made.recovery_code)]:
        with pytest.raises(BadInput) as refusal:
            services.use_recovery_code(name, code, NEW)
        said.add((str(refusal.value), refusal.value.field, refusal.value.code))
    assert len(said) == 1
    assert FacilityUser.objects.get(pk=teacher.pk).check_password(PASSWORD)


@pytest.mark.parametrize("code", ["", "-", "\x00", "ÄÖÜ", "A" * 10_000])
def test_odd_codes_are_wrong_codes(db, code):
    provision()
    with pytest.raises(BadInput):
        services.use_recovery_code("amina", code, NEW)


def test_without_a_code_none_is_right(db):
    made = provision()
    DeviceSettings.objects.update(recovery_code="")
    with pytest.raises(BadInput):
        services.use_recovery_code("amina", "", NEW)
    assert FacilityUser.objects.get(pk=made.admin.pk).check_password(PASSWORD)


def test_after_five_wrong_codes_even_the_right_one_waits(db):
    made = provision()
    for _ in range(5):
        with pytest.raises(BadInput):
            services.use_recovery_code("amina", recovery.new_code(), NEW, source="10.0.0.7")
    with pytest.raises(TooOften) as refusal:
        services.use_recovery_code("amina", made.recovery_code, NEW, source="10.0.0.7")
    assert refusal.value.code == "throttled" and refusal.value.wait == 60
    services.use_recovery_code("amina", made.recovery_code, NEW, source="127.0.0.1")


def test_code_in_clear_is_gone_once_it_is_written_down(db):
    made = provision()
    assert recovery.in_clear() == made.recovery_code and recovery.is_waiting()
    recovery.written_down()
    assert recovery.in_clear() == "" and not recovery.is_waiting()
    services.use_recovery_code("amina", made.recovery_code, NEW)


def test_a_replaced_code_ends_the_old_one(db):
    made = provision()
    code = recovery.replace_code()
    with pytest.raises(BadInput):
        services.use_recovery_code("amina", made.recovery_code, NEW)
    services.use_recovery_code("amina", code, NEW)
