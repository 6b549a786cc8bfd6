"""What a person may be in a school or a class."""

from django.utils.translation import gettext_lazy as _

ADMIN = "admin"
COACH = "coach"
# Marks, on the facility, somebody who coaches one class or more of it.
ASSIGNABLE_COACH = "classroom assignable coach"

choices = (
    (ADMIN, _("Admin")),
    (COACH, _("Coach")),
    (ASSIGNABLE_COACH, _("Coach of single classes")),
)
