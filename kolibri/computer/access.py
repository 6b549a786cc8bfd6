"""Who may change what is on this computer."""

from django.utils.translation import gettext_lazy as _

from kolibri.ui.access import Rule
from kolibri.ui.access import person_of
from kolibri.ui.access import this_computer

# The window stays open after a teacher has signed out: whoever sits there then may neither delete
# channels nor open the computer to the class.
keeper = Rule(
    "keeper",
    lambda request: this_computer.allows(request) and person_of(request).is_teacher,
    _("This page belongs to the computer itself. A teacher opens it there, in the program's own window."),
)
