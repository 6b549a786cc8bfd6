"""Who counts on keeps the number that it was given, whoever else asks meanwhile."""

from __future__ import annotations

import pytest
from morango.models import InstanceIDModel


@pytest.mark.django_db
def test_a_number_does_not_change_in_the_hands_of_who_has_it():
    own = InstanceIDModel.get_current_instance_and_increment_counter()
    given = own.counter
    # What another connection sees that does not see this one's transaction.
    InstanceIDModel.objects.filter(pk=own.pk).update(counter=given - 1)
    other = InstanceIDModel.get_or_create_current_instance()[0]
    assert (own.counter, other.counter) == (given, given - 1)
    assert InstanceIDModel.get_current_instance_and_increment_counter().counter == given
