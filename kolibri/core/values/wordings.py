"""REST framework's own sentences about what was sent, so that our catalogues hold them in all our languages.

It has no Swahili, and gaps elsewhere; what stands in our catalogues comes before its own.
"""

from typing import Final

from django.utils.translation import gettext_noop as _

SENTENCES: Final = (
    _("This field may not be null."),
    _("This field may not be blank."),
    _("Not a valid string."),
    _("Must be a valid boolean."),
    _("A valid number is required."),
    _("Ensure this value is less than or equal to {max_value}."),
    _("Ensure this value is greater than or equal to {min_value}."),
    _("String value too large."),
    _("Integer value too large to convert to float"),
    _("Value must be valid JSON."),
    _('"{input}" is not a valid choice.'),
    _("Null characters are not allowed."),
    _("Surrogate characters are not allowed: U+{code_point:X}."),
    _("Ensure this field has no more than {max_length} characters."),
    _("Ensure this field has at least {min_length} characters."),
    _("Ensure this field has no more than {max_length} elements."),
    _("Ensure this field has at least {min_length} elements."),
    _("This list may not be empty."),
    _('Expected a list of items but got type "{input_type}".'),
    _("Invalid data. Expected a dictionary, but got {datatype}."),
)
