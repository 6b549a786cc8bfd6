"""Model fields that keep what a peer of the facility sync keeps: JSON as text, moments with their zone."""

import datetime
import json
import re
import zoneinfo
from typing import TYPE_CHECKING
from typing import Any

from django.core import checks
from django.core import exceptions
from django.db import models
from django.db.models import lookups
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Django's fields take type arguments in the stubs only.
if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
    _TextField = models.TextField[Any, Any]
    _DateField = models.DateField[Any, Any]
else:
    _Field = models.Field
    _TextField = models.TextField
    _DateField = models.DateField

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?(?:\(([^()]{1,64})\)|(Z|[+-]\d\d:?\d\d))?")


def local_now() -> datetime.datetime:
    """Return this moment in the current time zone."""
    return timezone.localtime()


def _instant(moment: datetime.datetime) -> str:
    """Return the wall time in UTC; all texts of one instant begin so, and go on with a bracket."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def moment_to_text(moment: datetime.datetime) -> str:
    """Return `YYYY-MM-DD HH:MM:SS.ffffff(Zone)`: the wall time in UTC, then the zone's name.

    The form is the wire's (facility data, DateTimeTz). It sorts as text in the order of the moments,
    whatever their zones.
    """
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    zone = getattr(moment.tzinfo, "key", None) or "UTC"
    return f"{_instant(moment)}({zone})"


def text_to_moment(text: str) -> datetime.datetime:
    """Return the moment in its own zone; the reverse of `moment_to_text`, also for ISO 8601 text.

    A zone that this computer does not know gives the same instant in UTC. Raises ValueError.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a date and time: {text!r}")
    day, clock, fraction, zone, offset = match.groups()
    wall = datetime.datetime.fromisoformat(f"{day} {clock}{(fraction or '').ljust(7, '0') if fraction else ''}")
    if offset:
        return datetime.datetime.fromisoformat(f"{wall.isoformat()}{'+00:00' if offset == 'Z' else offset}")
    if zone is None:
        return timezone.make_aware(wall)
    moment = wall.replace(tzinfo=datetime.UTC)
    if zone == "UTC":
        return moment
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(zone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return moment


def _kept(text: str) -> datetime.datetime:
    """Return the moment of a stored text, the usual one without taking it apart: lists read many."""
    if text[26:27] != "(":
        return text_to_moment(text)
    try:
        moment = datetime.datetime.fromisoformat(f"{text[:26]}+00:00")
        return moment if text[26:] == "(UTC)" else moment.astimezone(zoneinfo.ZoneInfo(text[27:-1]))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return text_to_moment(text)


class DateTimeTzField(_Field):
    """A moment that keeps the name of its time zone; stored and sent as `moment_to_text` writes it.

    Takes `auto_now` and `auto_now_add` as Django's own field does. A naive value is taken in
    the current zone.
    """

    description = _("Date and time with its time zone")
    morango_serialize_to_string = True
    default_error_messages = {"invalid": _("“%(value)s” is not a date and time. Write it as 2026-01-31T08:30:00Z.")}

    def __init__(self, *args: Any, auto_now: bool = False, auto_now_add: bool = False, **kwargs: Any) -> None:
        self.auto_now = auto_now
        self.auto_now_add = auto_now_add
        if auto_now or auto_now_add:
            kwargs["editable"] = False
            kwargs["blank"] = True
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if sum((self.auto_now, self.auto_now_add, self.has_default())) > 1:
            found.append(
                checks.Error("auto_now, auto_now_add and default exclude one another.", obj=self, id="fields.E160")
            )
        return found

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.auto_now:
            kwargs["auto_now"] = True
        if self.auto_now_add:
            kwargs["auto_now_add"] = True
        if self.auto_now or self.auto_now_add:
            kwargs.pop("editable", None)
            kwargs.pop("blank", None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "DateTimeTzField"

    def db_type(self, connection: Any) -> str:
        # Compared as bytes: other collations pass over the bracket.
        return 'varchar(100) COLLATE "C"' if connection.vendor == "postgresql" else "varchar(100)"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.auto_now or (self.auto_now_add and add):
            setattr(model_instance, self.attname, local_now())
        return super().pre_save(model_instance, add)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> datetime.datetime | None:
        return None if value is None else _kept(value)

    def to_python(self, value: Any) -> datetime.datetime | None:
        if value is None or value == "":
            return None
        try:
            moment = value if isinstance(value, datetime.datetime) else text_to_moment(str(value))
            moment = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
            # What has no wall time in UTC, at either end of the calendar, cannot be kept.
            moment.astimezone(datetime.UTC)
            return moment
        except (ValueError, OverflowError):
            raise exceptions.ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def get_prep_value(self, value: Any) -> str | None:
        moment = self.to_python(super().get_prep_value(value))
        return None if moment is None else moment_to_text(moment)

    def value_to_string(self, obj: models.Model) -> Any:
        return self.get_prep_value(self.value_from_object(obj))


class _ByInstant:
    """Compares instants: a text of the same instant in another zone is neither earlier nor later.

    A bound is the instant's own text, which sorts before every zone's, or that with a closing
    bracket, which sorts after all of them; so an index still serves.
    """

    after_zones = False

    def get_prep_lookup(self) -> Any:
        value = self.rhs  # type: ignore[attr-defined]
        if hasattr(value, "resolve_expression"):
            return super().get_prep_lookup()  # type: ignore[misc]
        return _bound(value, self.after_zones)

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [value]


def _bound(value: Any, after_zones: bool) -> str:
    moment = DateTimeTzField().to_python(value)
    if moment is None:
        raise ValueError("a moment is compared with a moment, not with nothing")
    return f"{_instant(moment)})" if after_zones else _instant(moment)


@DateTimeTzField.register_lookup
class Earlier(_ByInstant, lookups.LessThan):
    lookup_name = "lt"


@DateTimeTzField.register_lookup
class NotLater(_ByInstant, lookups.LessThanOrEqual):
    lookup_name = "lte"
    after_zones = True


@DateTimeTzField.register_lookup
class Later(_ByInstant, lookups.GreaterThan):
    lookup_name = "gt"
    after_zones = True


@DateTimeTzField.register_lookup
class NotEarlier(_ByInstant, lookups.GreaterThanOrEqual):
    lookup_name = "gte"


class _Between:
    """From the first bound's instant to the second's, both included."""

    def get_prep_lookup(self) -> Any:
        start, end = self.rhs  # type: ignore[attr-defined]
        if hasattr(start, "resolve_expression") or hasattr(end, "resolve_expression"):
            return super().get_prep_lookup()  # type: ignore[misc]
        return [_bound(start, False), _bound(end, True)]


@DateTimeTzField.register_lookup
class SameInstant(lookups.Exact):
    """Equal whatever the zone, as two moments of Python are."""

    lookup_name = "exact"

    def get_prep_lookup(self) -> Any:
        value = self.rhs
        # Nothing becomes IS NULL later.
        plain = value is None or hasattr(value, "resolve_expression")
        return super().get_prep_lookup() if plain else _bound(value, False)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not isinstance(self.rhs, str):
            return super().as_sql(compiler, connection)
        column, params = self.process_lhs(compiler, connection)
        return f"{column} BETWEEN %s AND %s", [*params, self.rhs, f"{self.rhs})"]


@DateTimeTzField.register_lookup
class Between(_Between, lookups.Range):
    lookup_name = "range"


class DayField(_DateField):
    """A day without a time, sent by morango as ISO 8601 text (null as the empty text)."""

    morango_serialize_to_string = True

    def to_python(self, value: Any) -> Any:
        return super().to_python(value or None)


class JSONTextField(_TextField):
    """JSON kept as text, and sent by morango as a string inside the record's own JSON (null as `"null"`)."""

    morango_serialize_to_string = True
    default_error_messages = {"invalid": _("This is not valid JSON.")}

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        # A peer may have left the column empty.
        return json.loads(value) if value else None

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value == "":
            return None
        try:
            return json.loads(value)
        except (json.JSONDecodeError, RecursionError):  # the latter from brackets upon brackets, as a peer may send
            raise exceptions.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def get_prep_value(self, value: Any) -> str | None:
        if value is None and self.null:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        try:
            text.encode()
        except UnicodeEncodeError:
            # Half a character, as the packed data of an app may hold: no database keeps it but escaped.
            return json.dumps(value, separators=(",", ":"))
        return text

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
