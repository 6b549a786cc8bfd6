"""The kinds of collections of people; all share one table."""

from django.utils.translation import gettext_lazy as _

FACILITY = "facility"
CLASSROOM = "classroom"
LEARNERGROUP = "learnergroup"
ADHOCLEARNERSGROUP = "adhoclearnersgroup"

choices = (
    (FACILITY, _("School")),
    (CLASSROOM, _("Class")),
    (LEARNERGROUP, _("Group")),
    (ADHOCLEARNERSGROUP, _("Chosen learners")),
)
