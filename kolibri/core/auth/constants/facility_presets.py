"""What a school says of itself at setup."""

from django.utils.translation import gettext_lazy as _

FORMAL = "formal"
NONFORMAL = "nonformal"
INFORMAL = "informal"

choices = (
    (FORMAL, _("Formal")),
    (NONFORMAL, _("Non-formal")),
    (INFORMAL, _("Informal")),
)
