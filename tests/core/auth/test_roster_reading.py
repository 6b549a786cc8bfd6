"""From bytes to rows and from rows to people: what is read, and what is refused in a sentence."""

import datetime
import io
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from kolibri.core import formulas
from kolibri.core.auth.roster import columns
from kolibri.core.auth.roster import reading
from kolibri.core.auth.roster import values
from kolibri.core.auth.roster.headings import Column
from kolibri.core.auth.roster.headings import column_of
from kolibri.errors import BadInput
from tests.sticks import files

SAMPLES = Path(__file__).parent / "samples"
TABLE = "Name;Class\r\nZoé Núñez;Grade 4\r\n\r\nBello, Amina;Grade 5\r\n"
ROWS = [(1, ("Name", "Class")), (2, ("Zoé Núñez", "Grade 4")), (4, ("Bello, Amina", "Grade 5"))]


def workbook(*sheets) -> bytes:
    """Return a workbook with these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def archive(**parts: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return data.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        reading.read(data)
    assert caught.value.field == "file" and str(caught.value).endswith(".")
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_every_encoding_and_separator_of_a_spreadsheet(encoding, delimiter):
    assert reading.read(TABLE.replace(";", delimiter).encode(encoding)) == ROWS


def test_commas_quotes_line_ends_and_a_declared_separator():
    text = 'Name,Class\r"Bello, Amina",Grade 4\r"Ali ""Ace"" Juma",Grade 4\r'
    assert [line.cells[0] for line in reading.read_text(text)] == ["Name", "Bello, Amina", 'Ali "Ace" Juma']
    assert reading.read_text("sep=|\nName|Class\nA,b|C;d\n") == [(1, ("Name", "Class")), (2, ("A,b", "C;d"))]
    assert reading.read_text('Name\tNote\n"two\nlines"\tx\nBen\ty')[2] == (3, ("Ben", "y"))


def test_a_workbook_gives_text_as_it_is_seen():
    born = datetime.date(2014, 5, 3)
    rows = [["Name", "Number", "Born", "Formula"], [None], ["Amina", 42.0, born, "=1+1"], ["Ben", 4.5, 2014, "#N/A"]]
    assert reading.read(workbook([], [[None, ""]], rows)) == [
        (1, ("Name", "Number", "Born", "Formula")),
        # The formula was never worked out, so there is nothing to be seen.
        (3, ("Amina", "42", "2014-05-03")),
        (4, ("Ben", "4.5", "2014")),
    ]


def test_hidden_sheets_are_passed_over():
    book = openpyxl.Workbook()
    book.active.append(["Hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet().append(["Shown"])
    data = io.BytesIO()
    book.save(data)
    assert reading.read(data.getvalue()) == [(1, ("Shown",))]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n , ,\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no_table"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "no_table"),
        (b"%PDF-1.7\nname,class\n", "no_table"),
        (b"<html><table><tr><td>Amina</td></tr></table>", "no_table"),
        (b"{\\rtf1 Amina}", "no_table"),
        (b"name\x07,class\n", "no_table"),
        (b"\xef\xbb\xbf\xff\xff", "no_table"),
        (b"\xff\xfe\x00", "no_table"),
        (b"caf\x81", "no_table"),
        (b"x" * (reading.MOST_BYTES + 1), "too_large"),
        (b"Name\n" + b"A\n" * (reading.MOST_ROWS + 20), "too_many"),
        (b'Name\n"Amina' + b" Bello\nBen" * 300, "too_long"),
        (b'"' + b"x" * 200_000, "no_table"),
        (b"PK\x03\x04 and no more", "damaged"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "other_kind"),
        (archive(**{"[Content_Types].xml": b"", "xl/workbook.xml": b"<nonsense"}), "damaged"),
        (archive(**{"[Content_Types].xml": b"", "xl/sheet.xml": bytes(60 * 1024 * 1024)}), "too_large"),
        (archive(**{"[Content_Types].xml": b"", **{f"xl/{number}": b"" for number in range(2_001)}}), "too_large"),
        (workbook([["Name"]] + [[f"Name {number}"] for number in range(5_020)]), "too_many"),
        (workbook([]), "empty"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(data, code):
    assert refused(data) == code


def test_entities_in_a_workbook_are_not_expanded():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><workbook>&b;</workbook>'
    good = zipfile.ZipFile(io.BytesIO(workbook([["Name"], ["Amina"]])))
    parts = {name: good.read(name) for name in good.namelist()}
    assert refused(archive(**{**parts, "xl/workbook.xml": bomb})) == "damaged"


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/workbook.xml"])
def test_a_workbook_that_lies_about_its_size_fills_no_memory(part: str, packing: int) -> None:
    data = io.BytesIO(files.lying(part, packing, 100_000_000))
    with zipfile.ZipFile(data, "a") as made:
        for name in {"[Content_Types].xml", "xl/workbook.xml"} - {part}:
            made.writestr(name, "<x/>")
    tracemalloc.start()
    try:
        assert refused(data.getvalue()) == "damaged"
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_a_workbook_of_empty_rows_to_the_end_is_quick():
    good = zipfile.ZipFile(io.BytesIO(workbook([["Name"], ["Amina"]])))
    parts = {name: good.read(name) for name in good.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    assert [line.cells for line in reading.read(archive(**parts))] == [("Name",), ("Amina",)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=2_000),
        st.binary(max_size=400).map(lambda data: b"PK\x03\x04" + data),
        st.binary(max_size=400).map(lambda data: b"\xff\xfe" + data),
        st.text(max_size=1_000).map(lambda text: text.encode("utf-8", "replace")),
        st.text(alphabet=',;\t"\n\r\x00=-+@aNé', max_size=300).map(str.encode),
    )
)
def test_no_bytes_ever_give_a_traceback(data):
    understood(data)


_GOOD = workbook([["Name", "Class", "Born"], ["Amina", "Grade 4", 2014], ["Ben", "=A1", datetime.date(2014, 1, 1)]])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, len(_GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_no_damage_to_a_workbook_gives_a_traceback(damage):
    data = bytearray(_GOOD)
    for place, byte in damage:
        data[place] = byte
    understood(bytes(data))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(part=st.integers(0, 20), place=st.integers(0, 5_000), put=st.binary(max_size=20))
def test_no_damage_inside_a_workbook_gives_a_traceback(part, place, put):
    with zipfile.ZipFile(io.BytesIO(_GOOD)) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    name = sorted(parts)[part % len(parts)]
    place %= len(parts[name]) + 1
    parts[name] = parts[name][:place] + put + parts[name][place + len(put) :]
    understood(archive(**parts))


def understood(data: bytes) -> None:
    try:
        listing = columns.understand(reading.read(data))
    except BadInput as error:
        assert error.field == "file" and str(error)
    else:
        assert listing.entries
        assert columns.Listing.from_kept(listing.kept()) == listing


@given(st.text(max_size=40))
def test_a_guarded_cell_is_no_formula_and_comes_back(text):
    seen = reading.plain(text)
    guarded = formulas.guarded(seen)
    assert not guarded.startswith(formulas.SIGNS)
    assert reading.plain(guarded) == seen or seen != reading.plain(seen)


def listing(text: str) -> columns.Listing:
    return columns.understand(reading.read_text(text))


def test_a_kolibri_s_own_headings_are_known_in_every_language():
    found = columns.understand(reading.read((SAMPLES / "kolibri_users30.csv").read_bytes()))
    assert len(found.entries) == 31 and found.unused == ()
    assert set(found.headings) == set(Column) - {Column.FIRST_NAME, Column.LAST_NAME}
    assert column_of("Nom complet (FULL_NAME)") is Column.FULL_NAME
    assert column_of("Learner enrolled in class(es) (ENROLLED_IN)") is Column.ENROLLED


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("NAME *", Column.FULL_NAME),
        ("Full  name:", Column.FULL_NAME),
        ("first_name", Column.FIRST_NAME),
        ("Surname", Column.LAST_NAME),
        ("Contraseña", Column.PASSWORD),
        ("CONTRASENA", Column.PASSWORD),
        ("Apellidos", Column.LAST_NAME),
        ("Prénom", Column.FIRST_NAME),
        ("PRENOM", Column.FIRST_NAME),
        ("Année de naissance", Column.BIRTH_YEAR),
        ("Nome de usuário", Column.USERNAME),
        ("Turma", Column.ENROLLED),
        ("Jina kamili", Column.FULL_NAME),
        ("Darasa", Column.ENROLLED),
        ("Jinsia", Column.GENDER),
        ("الاسْم", Column.FULL_NAME),
        ("إسم المستخدم", Column.USERNAME),
        ("الصف", Column.ENROLLED),
        ("#", Column.IDENTIFIER),
        ("Telephone", None),
        ("", None),
    ],
)
def test_headings_in_six_languages(heading, column):
    assert column_of(heading) is column


def test_titles_above_the_headings_are_passed_over_and_unknown_columns_named():
    found = listing("Hill School\n\nNo.,Name,Phone,Class\n1,Amina,07,4\n2,Ben,08,4\n")
    assert [entry.number for entry in found.entries] == [4, 5]
    assert found.entries[0].texts == {Column.FULL_NAME: "Amina", Column.ENROLLED: "4"}
    assert found.unused == ("Phone",)


def test_a_plain_list_of_names_needs_no_headings():
    assert [entry.texts[Column.FULL_NAME] for entry in listing("1. Amina Bello\n- Ben\n\nمحمد علي").entries] == [
        "Amina Bello",
        "Ben",
        "محمد علي",
    ]
    assert [entry.number for entry in listing("1\tAmina\n2\tBen\n").entries] == [1, 2]


@pytest.mark.parametrize("text", ["Amina,Grade 4\nBen,Grade 5", "Kandidat;Klasse\nAmina;4", "Name,Class\n", "1\n2\n"])
def test_a_table_of_which_nobody_can_say_what_it_means_is_refused(text):
    with pytest.raises(BadInput) as caught:
        listing(text)
    assert caught.value.code in ("no_headings", "empty")


@pytest.mark.parametrize(
    ("text", "year"),
    [("2014", "2014"), ("3/5/2014", "2014"), ("2014-05-03", "2014"), ("٢٠١٤", "2014"), ("14", None), ("12014", None)],
)
def test_a_year_of_birth_is_found_in_a_date(text, year):
    assert values.birth_year(text) == year


@given(st.lists(st.text(alphabet='ab,;"، 4', min_size=1, max_size=8).map(values.clean).filter(bool), max_size=4))
def test_names_of_classes_come_apart_as_they_were_joined(names):
    assert values.class_names(values.joined(names)) == names
