"""A school's list goes out and comes in again: here nothing changes, elsewhere the same people are made."""

import csv
import io

import openpyxl
import pytest

from kolibri.core import formulas
from kolibri.core.auth import services
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.people import rights_of
from kolibri.core.auth.roster import applying
from kolibri.core.auth.roster import columns
from kolibri.core.auth.roster import plan as planning
from kolibri.core.auth.roster import reading
from kolibri.core.auth.roster import writing
from kolibri.core.auth.roster.headings import Column
from kolibri.core.auth.roster.plan import What
from tests.core.auth.test_roster_plan import SAMPLES
from tests.core.auth.test_roster_plan import STRONG
from tests.core.auth.test_roster_plan import check

ODD = [
    "=1+1",
    "+233 20",
    "-5",
    "@home",
    "'=x",
    "'",
    "Zoé, “Ace”",
    'Ali "Ace"',
    "محمد",
    "'Abd",
    "|x",
    "＝x",
    "12",
    "a;b",
    "a;=b",
    "a;'=b",
    "a; ''-b",
]


@pytest.fixture
def odd_school(school):
    """The school with names, numbers and classes that a spreadsheet could take for something else."""
    for number, text in enumerate(ODD):
        room = services.create_classroom(school.facility, f"{text}, 4;{number}")
        (made,) = services.add_learners(room, [(text, f"odd{number}")])
        services.enrol(school.classroom, [made])
        made.id_number = text
        made.gender = ["MALE", "FEMALE", "NOT_SPECIFIED", ""][number % 4]
        made.birth_year = ["2014", ""][number % 2]
        made.save()
    services.give_role(school.coach, room, "coach")
    head = services.create_person(school.facility, username="all", full_name="All", password=STRONG)
    services.give_role(head, school.facility, "coach")
    return school


def exported(school, kind: str) -> bytes:
    return writing.as_csv(school.facility).encode() if kind == "csv" else writing.as_workbook(school.facility)


def listing(data: bytes) -> columns.Listing:
    return columns.understand(reading.read(data))


def people(facility) -> dict[str, tuple]:
    """Return each person by username, with whatever a list can hold."""
    found = {}
    for person in FacilityUser.objects.filter(facility=facility):
        learns = Membership.objects.filter(user=person, collection__kind="classroom")
        held = rights_of(person)
        names = dict(facility.children.values_list("pk", "name"))
        found[person.username] = (
            person.full_name,
            person.id_number,
            person.birth_year,
            person.gender,
            sorted(learns.values_list("collection__name", flat=True)),
            held.rights,
            sorted(names[pk] for pk in held.classes),
        )
    return found


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_in_the_same_school_everybody_is_already_there(odd_school, kind):
    found = listing(exported(odd_school, kind))
    plan = planning.make(found, odd_school.facility, odd_school.admin, check)
    assert len(plan.rows) == 8 + len(ODD)
    assert [(row.what, row.changes, row.faults) for row in plan.rows if row.what is not What.SAME] == []
    assert plan.new_classes == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_in_an_empty_school_the_same_people_are_made(odd_school, kind):
    before = people(odd_school.facility)
    elsewhere = services.create_facility("Valley School")
    chief = services.create_person(elsewhere, username="chief", password=STRONG)
    services.give_role(chief, elsewhere, "admin")
    data = exported(odd_school, kind)
    plan = planning.make(listing(data), elsewhere, chief, check)
    # What nobody can read does not travel: teachers are given passwords in the list first.
    assert {row.username for row in plan.of(What.FAULTY)} == {"head", "coach", "all"}
    rows = [list(line.cells) for line in reading.read(data)]
    for row in rows:
        if row[1] in ("head", "coach", "all"):
            row[2] = STRONG
    text = io.StringIO()
    csv.writer(text).writerows([formulas.guarded(cell) for cell in row] for row in rows)
    done = applying.run(listing(text.getvalue().encode()), elsewhere, chief, check)
    assert done.counts[What.CREATE] == len(before)
    after = people(elsewhere)
    del after["chief"]
    assert after == before


def test_what_a_kolibri_wrote_goes_out_as_it_came(school):
    """The sample is a Kolibri 0.19.5's own export; it took what goes out here without changing anybody."""
    sent = (SAMPLES / "kolibri_export.csv").read_bytes()
    elsewhere = services.create_facility("Valley School")
    found = listing(sent.replace(b"tom,*", f"tom,{STRONG}".encode()))
    assert applying.run(found, elsewhere, school.admin, check).counts[What.CREATE] == 31
    ids = dict(FacilityUser.objects.filter(facility=elsewhere).values_list("username", "pk"))
    back = writing.as_csv(elsewhere)
    for entry in found.entries:
        back = back.replace(ids[entry.texts[Column.USERNAME]], entry.texts[Column.ID])
    assert sorted(back.encode().splitlines(keepends=True)) == sorted(sent.splitlines(keepends=True))


def test_no_cell_is_a_formula(odd_school):
    table = list(csv.reader(io.StringIO(exported(odd_school, "csv").decode("utf-8-sig"))))
    assert table[0] == list(writing.HEADINGS) and table[1][2] == "*"
    assert not [cell for row in table for cell in row if cell.startswith(formulas.SIGNS)]
    book = openpyxl.load_workbook(io.BytesIO(exported(odd_school, "xlsx")))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=1+1" in {cell.value for cell in cells}


def test_a_school_s_list_takes_the_same_queries_whatever_its_length(school, django_assert_num_queries):
    services.add_learners(school.classroom, [(f"Learner {number}", "") for number in range(60)])
    with django_assert_num_queries(5):
        writing.as_csv(school.facility)


def test_a_character_that_a_workbook_cannot_hold_is_left_out(school):
    FacilityUser.objects.filter(pk=school.learner.pk).update(full_name="Amina\x0b Bello")
    assert "Amina Bello" in {cell for line in reading.read(exported(school, "xlsx")) for cell in line.cells}
