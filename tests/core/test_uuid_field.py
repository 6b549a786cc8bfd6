import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db import models
from morango.models import UUIDField

from kolibri.core.auth.models import Collection
from kolibri.core.lessons.models import Lesson
from tests.schools import School

ID = "0123456789abcdef0123456789abcdef"


class Ticket(models.Model):
    id = UUIDField(primary_key=True)

    class Meta:
        app_label = "guide"
        managed = False


@pytest.mark.acceptance("I1")
def test_a_key_makes_its_own_value() -> None:
    first, second = Ticket(), Ticket()
    assert first.pk != second.pk
    assert uuid.UUID(first.pk).hex == first.pk


@pytest.mark.acceptance("I1")
def test_morango_still_works_its_own_ids_out(school: School) -> None:
    """An id of a syncable record follows from its source id; a random default would come before it."""
    lesson = Lesson(title="Rain", collection=school.classroom)
    assert lesson.pk is None
    lesson.save()
    assert lesson.pk == lesson.calculate_uuid()


@pytest.mark.acceptance("I1")
@pytest.mark.parametrize("given", [uuid.UUID(ID), str(uuid.UUID(ID)), ID, ID.upper()])
def test_every_form_of_an_id_is_stored_as_32_hex(school: School, given) -> None:
    school.classroom.lesson_changes.create(lesson_id=given)
    with connection.cursor() as cursor:
        cursor.execute("SELECT lesson_id FROM lessons_lessonchange")
        (stored,) = cursor.fetchone()
    assert str(stored).replace("-", "") == ID
    if connection.vendor == "sqlite":
        assert stored == ID
    assert school.classroom.lesson_changes.get(lesson_id=given).lesson_id == ID


@pytest.mark.acceptance("I1")
@pytest.mark.parametrize("given", ["", "nonsense", ID[:-1], ID + "0", 7, 1.5, ["a"]])
def test_what_is_no_id_is_refused(db: None, given) -> None:
    with pytest.raises(ValidationError):
        Collection.objects.filter(pk=given).exists()
    with pytest.raises(ValidationError):
        UUIDField().to_python(given)


@pytest.mark.acceptance("I1")
def test_the_guide_s_except_value_error_catches_it(db: None) -> None:
    with pytest.raises(ValueError):
        Collection.objects.get(pk="nonsense")
