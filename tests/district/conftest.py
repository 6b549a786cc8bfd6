"""A running district for the tests of this folder; they belong to the run on PostgreSQL alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.databases import own_database
from tests.district.rig import Browser
from tests.district.rig import District

NAME = "kolibri_district"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason="several processes need PostgreSQL: make test-postgres"))


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """Two processes, started at the same moment on an empty database, behind nginx."""
    folder = tmp_path_factory.mktemp("district")
    # nginx and Redis drop root's rights where they may, and must still reach what is in here.
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    with own_database(NAME) as url:
        made = District(folder, url)
        try:
            made.start_redis()
            made.start("1", "2")
            made.start_nginx()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="session")
def school(district: District) -> dict[str, str]:
    """A school with a class, two lessons and a superuser; the ids by what they are of."""
    return district.run(MAKE_SCHOOL)  # type: ignore[no-any-return]


MAKE_SCHOOL = """
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth import services
from kolibri.core.device.models import DevicePermissions, DeviceSettings
from kolibri.core.lessons.services import create_lesson
facility = services.create_facility("Hill School")
classroom = services.create_classroom(facility, "Grade 4")
head = services.create_person(facility, username="head", full_name="Head Teacher", password="chalk-and-slate")
services.give_role(head, facility, role_kinds.ADMIN)
DevicePermissions.objects.create(user=head, is_superuser=True, can_manage_content=True)
coach = services.create_person(facility, username="coach", full_name="Class Coach", password="chalk-and-slate")
services.give_role(coach, classroom, role_kinds.COACH)
services.add_learners(classroom, [("Amina Bello", "amina")])
lesson = create_lesson(coach, collection=classroom, title="Fractions", is_active=True)
DeviceSettings(is_provisioned=True, default_facility=facility, language="en").save()
answer = {"facility": facility.pk, "classroom": classroom.pk, "lesson": lesson.pk}
"""


@pytest.fixture
def browser(district: District) -> Browser:
    """A browser at the proxy."""
    return Browser(district.port, certificate=district.folder / "kolibri.pem")


@pytest.fixture
def at(district: District) -> dict[str, Browser]:
    """A browser for each process, as the proxy speaks to it."""
    return {name: Browser(port) for name, port in district.ports.items()}
