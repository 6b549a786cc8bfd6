"""The dry run: for each row of a list what would happen, or what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum

from django.utils.translation import gettext as _

from kolibri.core.auth import usernames
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.people import Rights
from kolibri.core.auth.roster import judging
from kolibri.core.auth.roster import present
from kolibri.core.auth.roster import values
from kolibri.core.auth.roster.columns import Entry
from kolibri.core.auth.roster.columns import Listing
from kolibri.core.auth.roster.headings import Column
from kolibri.core.auth.roster.headings import name_of
from kolibri.core.auth.roster.judging import Fault
from kolibri.core.auth.roster.judging import Said
from kolibri.core.auth.roster.present import Known
from kolibri.core.auth.roster.present import Place
from kolibri.core.auth.roster.present import Present
from kolibri.core.ids import hex_or_none

# What is wrong with a teacher's password, in a sentence; empty when it will do. Knows password and names.
Checker = Callable[[str, tuple[str, ...]], str]


class What(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    FAULTY = "faulty"


@dataclass(frozen=True)
class Change:
    """What a row changes of somebody who is there; `before` is empty where something is added."""

    label: str
    before: str
    after: str


@dataclass
class Row:
    """A row and what becomes of it. `writes` are a person's columns, `learns` and `teaches` what is new.

    `school_role` is the new role at the school, a `Rights` of COACH or ADMIN; `password` is in clear, empty when
    there is none to give; `person` is empty for somebody new.
    """

    number: int
    what: What
    full_name: str = ""
    username: str = ""
    person: str = ""
    rights: Rights = Rights.LEARNER
    writes: dict[str, str] = field(default_factory=dict)
    password: str = field(default="", repr=False)
    school_role: Rights | None = None
    learns: list[Place] = field(default_factory=list)
    teaches: list[Place] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """The names of the classes that the row brings the person into."""
        return list(dict.fromkeys(place.name for place in (*self.learns, *self.teaches)))


@dataclass(frozen=True)
class Plan:
    """Every row of a list in its order, and the names of the classes that will be made."""

    rows: list[Row]
    new_classes: list[str]

    def of(self, what: What) -> list[Row]:
        return [row for row in self.rows if row.what is what]

    @property
    def good(self) -> list[Row]:
        """The rows that write something."""
        return [row for row in self.rows if row.what in (What.CREATE, What.CHANGE)]

    @property
    def faults(self) -> list[Fault]:
        return [fault for row in self.rows for fault in row.faults]

    @property
    def passwords(self) -> int:
        """How many passwords are to be hashed."""
        return sum(bool(row.password) for row in self.good)


def make(listing: Listing, facility: Facility, by: FacilityUser, check: Checker, into: Place | None = None) -> Plan:
    """Return what would become of the list; nothing is written. Five queries, however long it is.

    `into` is a class for every learner of the list, there or to be made. `by` is who does it: their own
    rights stay. `check` is asked about the passwords of those who teach.
    """
    return _Planner(listing, present.read(facility), by, check, into).plan()


class _Planner:
    def __init__(self, listing: Listing, school: Present, by: FacilityUser, check: Checker, into: Place | None) -> None:
        self.listing = listing
        self.school = school
        self.by = by
        self.check = check
        self.places = judging.Places(school.classes)
        # One that is gone meanwhile is made again.
        there = (place for place in school.classes if into and place.id == into.id)
        self.into = next(there, None) or (self.places.named(into.name) if into else None)
        self.named = school.named()
        # The number of the row that has a username, or is about somebody.
        self.usernames: dict[str, int] = {}
        self.about: dict[str, int] = {}

    def plan(self) -> Plan:
        rows = [self.row(entry) for entry in self.listing.entries]
        new = [row for row in rows if row.what is What.CREATE]
        nameless = [row for row in new if not row.username]
        taken = {*self.school.by_username, *self.usernames}
        proposed = usernames.propose((row.full_name for row in nameless), taken)
        for row, username in zip(nameless, proposed, strict=True):
            row.username = row.writes["username"] = username
        made = {
            place.key: place.name
            for row in rows
            if row.what is not What.FAULTY
            for place in (*row.learns, *row.teaches)
            if not place.id
        }
        return Plan(rows, list(made.values()))

    def row(self, entry: Entry) -> Row:
        said = Said(entry, self.listing, self.places)
        known = self.find(said)
        if known is not None and (first := self.about.setdefault(known.id, entry.number)) != entry.number:
            column = Column.USERNAME if said.username else Column.FULL_NAME
            message = _("Row %(row)d is about the same person. Keep one of the two.")
            said.fault(column, message % {"row": first})
        self.check_username(said, known)
        row = Row(entry.number, What.FAULTY, said.full_name, said.username, faults=said.faults)
        if known is not None:
            row.person = known.id
            row.full_name = row.full_name or known.full_name
            row.username = row.username or known.username
        elif not said.full_name and not said.username and not said.has_faults(Column.FULL_NAME):
            said.fault(Column.FULL_NAME, _("Write a name."))
        self.say_rights(said, known, row)
        self.say_password(said, known, row)
        if not said.faults:
            self.say_columns(said, known, row)
            if known is None:
                row.what = What.CREATE
            else:
                row.what = What.CHANGE if row.changes else What.SAME
        return row

    def find(self, said: Said) -> Known | None:
        """Return who the row is about: by database id, by username, or by name and class where it has neither."""
        if said.id_text:
            pk = hex_or_none(said.id_text)
            if pk is None:
                said.fault(Column.ID, _("Leave this empty for a new person."))
            elif pk in self.school.removed:
                said.fault(
                    Column.ID, _("This person was removed. Bring them back on the page “People of the school” first.")
                )
            elif pk in self.school.people:
                return self.school.people[pk]
        if said.username:
            return self.school.by_username.get(usernames.fold(said.username))
        classes = [place.id for place in said.learns] or [self.into.id if self.into else ""]
        if not any(classes) and (said.learns or self.into):
            return None
        for place in classes:
            for known in self.named.get((place, usernames.fold(said.full_name)), ()):
                differs = said.id_number and known.id_number and said.id_number != known.id_number
                if known.id not in self.about and not differs:
                    return known
        return None

    def check_username(self, said: Said, known: Known | None) -> None:
        if not said.username:
            return
        if not usernames.is_allowed(said.username) and (known is None or said.username != known.username):
            said.fault(Column.USERNAME, _("Use letters, digits and underscores only, at most 30, without spaces."))
            return
        folded = usernames.fold(said.username)
        is_new = known is None or usernames.fold(known.username) != folded
        first = self.usernames.setdefault(folded, said.number)
        if is_new and folded in self.school.by_username:
            said.fault(Column.USERNAME, _("Somebody already has this username. Choose another."))
        elif is_new and first != said.number:
            message = _("Row %(row)d has this username, too. Change one of the two.")
            said.fault(Column.USERNAME, message % {"row": first})

    def say_rights(self, said: Said, known: Known | None, row: Row) -> None:
        held = known.rights if known else Rights.LEARNER
        wanted = said.rights or (max_rights(held, Rights.CLASS_COACH) if said.teaches else held)
        teaches = said.teaches
        if said.rights is Rights.CLASS_COACH and not teaches and Column.ASSIGNED not in self.listing.headings:
            # Most lists have one column of classes, whoever it is about. Without the word nobody gets rights by it.
            teaches, said.learns = said.learns, []
        row.teaches = self.places.missing(teaches, known.teaches if known else set())
        row.rights = max_rights(held, wanted)
        if known is not None and known.id == self.by.pk and (wanted is not held or row.teaches):
            said.fault(Column.TYPE, _("Ask another admin to change what you may do."))
            return
        if rank(wanted) < rank(held):
            said.fault(Column.TYPE, _("A list gives rights and takes none away. Do that on the page of the person."))
        elif wanted is Rights.LEARNER and teaches:
            message = _("A learner teaches no class. Leave this empty, or write CLASS_COACH as the user type.")
            said.fault(Column.ASSIGNED, message)
        elif wanted is Rights.CLASS_COACH and not teaches and not (known and known.teaches):
            said.fault(Column.ASSIGNED, _("Choose the classes that this person teaches."))
        if wanted in (Rights.COACH, Rights.ADMIN) and wanted is not held:
            row.school_role = wanted

    def say_password(self, said: Said, known: Known | None, row: Row) -> None:
        if row.rights is not Rights.LEARNER:
            if said.password:
                if sentence := self.check(said.password, (row.username, row.full_name)):
                    said.fault(Column.PASSWORD, sentence, hidden=True)
            elif known is None or not known.has_password:
                said.fault(Column.PASSWORD, _("Write a password: who teaches needs one."))
        if said.password and known is not None and known.id == self.by.pk:
            said.fault(
                Column.PASSWORD, _("A list does not change your own password. Do that on your page."), hidden=True
            )
        row.password = said.password

    def say_columns(self, said: Said, known: Known | None, row: Row) -> None:
        learns = list(said.learns)
        if self.into and row.rights is Rights.LEARNER and self.into not in learns:
            learns.append(self.into)
        row.learns = self.places.missing(learns, known.learns if known else set())
        row.writes = {name: value for name, value in said.columns().items() if value}
        if known is None:
            return
        row.writes = {name: value for name, value in row.writes.items() if value != values.clean(getattr(known, name))}
        if usernames.fold(said.username) == usernames.fold(known.username):
            # Capitals make no other username.
            row.writes.pop("username", None)
        labels = {
            "full_name": Column.FULL_NAME,
            "username": Column.USERNAME,
            "birth_year": Column.BIRTH_YEAR,
            "gender": Column.GENDER,
            "id_number": Column.IDENTIFIER,
        }
        row.changes = [Change(name_of(labels[name]), getattr(known, name), new) for name, new in row.writes.items()]
        row.changes += [Change(name_of(Column.ENROLLED), "", place.name) for place in row.learns]
        row.changes += [Change(name_of(Column.ASSIGNED), "", place.name) for place in row.teaches]
        if row.school_role:
            row.changes.append(Change(name_of(Column.TYPE), "", values.TYPES[row.school_role]))
        if row.password:
            row.changes.append(Change(name_of(Column.PASSWORD), "", "••••"))


def rank(rights: Rights) -> int:
    """Return how much the rights allow, least first."""
    return list(Rights).index(rights)


def max_rights(*several: Rights) -> Rights:
    """Return those rights that allow most."""
    return max(several, key=rank)


def by_what(rows: Iterable[Row]) -> dict[What, int]:
    """Return how many rows become what."""
    counts = dict.fromkeys(What, 0)
    for row in rows:
        counts[row.what] += 1
    return counts
