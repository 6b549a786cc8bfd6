import pytest
from django.contrib.auth import authenticate
from morango.models import Certificate
from morango.models import DeletedModels
from morango.models import Store
from morango.sync.operations import _serialize_into_store

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from tests.schools import PASSWORD
from tests.schools import School


def test_a_school_comes_with_its_root_certificate(school: School) -> None:
    certificate = Certificate.objects.get(pk=school.facility.dataset_id)
    assert certificate.scope_definition_id == "full-facility"
    assert certificate.has_private_key()


@pytest.mark.parametrize("name", ["Grade 4", "grade 4", " GRADE  4 ", "Ｇrade 4"])
def test_two_classes_of_one_name_are_refused_whatever_their_case_and_form(school: School, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        services.create_classroom(school.facility, name)
    assert refused.value.field == "name"


def test_learners_are_made_all_or_none(school: School) -> None:
    before = FacilityUser.objects.count()
    with pytest.raises(BadInputs) as refused:
        services.add_learners(
            school.classroom,
            [("Fay Gold", ""), ("Gus Hill", "amina"), ("", "h"), ("Ida", "with space"), ("Ito", "x" * 31)],
        )
    assert [error.field for error in refused.value.errors] == [
        "learners.1.username",
        "learners.2.full_name",
        "learners.3.username",
        "learners.4.username",
    ]
    assert FacilityUser.objects.count() == before


def test_thirty_learners_cost_a_fixed_number_of_queries(school: School, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(16):
        people = services.add_learners(school.classroom, [(f"Learner {n}", "") for n in range(30)])
    assert len({person.username for person in people}) == 30
    assert Membership.objects.filter(collection=school.classroom).count() == 35


def test_ids_are_those_that_a_peer_would_compute(school: School) -> None:
    membership = Membership.objects.get(user=school.learner, collection=school.classroom)
    expected = membership.compute_namespaced_id(
        f"{school.facility.dataset_id}:user-ro:{school.learner.pk}", school.classroom.pk, "membership"
    )
    assert membership.pk == expected
    assert membership._morango_partition == f"{school.facility.dataset_id}:user-ro:{school.learner.pk}"


def test_leaving_a_class_leaves_its_groups_and_coming_back_is_not_a_deletion(school: School) -> None:
    _serialize_into_store("facilitydata")
    services.leave(school.classroom, [school.learner.pk])
    assert not Membership.objects.filter(user=school.learner).exists()
    services.enrol(school.classroom, [school.learner])
    membership = Membership.objects.get(user=school.learner)
    assert not DeletedModels.objects.filter(pk=membership.pk).exists()
    _serialize_into_store("facilitydata")
    assert Store.objects.get(pk=membership.pk).deleted is False


def test_a_group_takes_only_learners_of_its_class(school: School, other_school: School) -> None:
    with pytest.raises(BadInput) as refused:
        services.create_group(school.classroom, "Others", other_school.learners)
    assert refused.value.code == "other_school"
    with pytest.raises(BadInput) as refused:
        services.create_group(school.classroom, "Teachers", [school.admin])
    assert refused.value.code == "not_in_class"


def test_a_class_coach_becomes_assignable_at_the_school(school: School) -> None:
    kinds = set(Role.objects.filter(user=school.coach).values_list("kind", "collection_id"))
    assert kinds == {
        (role_kinds.COACH, school.classroom.pk),
        (role_kinds.ASSIGNABLE_COACH, school.facility.pk),
    }


def test_learners_sign_in_by_name_alone_and_teachers_never(school: School) -> None:
    assert authenticate(None, username="AMINA", password="") == school.learner
    assert authenticate(None, username="amina", password="anything") is None
    assert authenticate(None, username="head", password="") is None
    assert authenticate(None, username="coach", password="") is None
    assert authenticate(None, username="coach", password=PASSWORD) == school.coach
    assert authenticate(None, username="nobody", password="") is None
    assert authenticate(None, username="", password="") is None


def test_a_removed_person_cannot_sign_in_but_goes_on_syncing(school: School) -> None:
    school.learner.date_deleted = school.learner.date_joined
    school.learner.save()
    assert authenticate(None, username="amina", password="") is None
    assert FacilityUser.syncing_objects.filter(pk=school.learner.pk).exists()
