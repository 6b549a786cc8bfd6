"""The guide's own tests, and the helpers that they ask for."""

import pytest
from django.urls import reverse
from rest_framework import status
from rest_framework.test import APITestCase

from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser

from .helpers import ROLES  # noqa: TID252  (as the guide writes it)
from .helpers import create_test_facility  # noqa: TID252
from .helpers import create_test_user  # noqa: TID252


@pytest.mark.acceptance("P2", "G1", "G2", "R1", "R9", "R10")
class LessonAPITestCase(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.facility = create_test_facility()
        cls.admin = create_test_user(cls.facility, role="admin")

    def test_list_lessons_requires_authentication(self):
        """Test that listing lessons requires authentication"""
        url = reverse("kolibri:core:lesson-list")
        response = self.client.get(url)
        self.assertEqual(response.status_code, status.HTTP_403_FORBIDDEN)

    def test_admin_can_create_lesson(self):
        """Test that admin can create a lesson"""
        self.client.force_authenticate(user=self.admin)
        url = reverse("kolibri:core:lesson-list")
        data = {
            "title": "New Lesson",
            "collection": str(self.facility.id),
        }
        response = self.client.post(url, data)
        self.assertEqual(response.status_code, status.HTTP_201_CREATED)


@pytest.mark.acceptance("P1")
@pytest.mark.django_db
def test_helpers_make_each_kind_of_person() -> None:
    facility = create_test_facility()
    people = {role: FacilityUser.objects.get(pk=create_test_user(facility, role=role).pk) for role in ROLES}
    held = {role: (person.is_superuser, [kind for kind, _ in person.roles_held]) for role, person in people.items()}
    assert held == {
        "none": (False, []),
        "coach": (False, [role_kinds.COACH]),
        "admin": (False, [role_kinds.ADMIN]),
        "superuser": (True, []),
    }
    assert people["coach"].has_role_for(role_kinds.COACH, facility)
    with pytest.raises(KeyError):
        create_test_user(facility, role="coahc")
