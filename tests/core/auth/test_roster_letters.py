"""Bytes of lists as old spreadsheets write them, in several languages: each is read by its own table."""

from __future__ import annotations

import pytest

from kolibri.core.auth.roster import letters
from kolibri.core.auth.roster import reading

ARABIC = ["محمد علي", "فاطمة الزهراء", "عبد الله", "نور الهدى", "إبراهيم", "ريم"]
LISTS = {
    "arabic": ("cp1256", ["الاسم,الصف", *(f"{name},الصف الرابع" for name in ARABIC)]),
    "arabic with latin names": ("cp1256", ["Name;Class", "محمد;4ème B", "José;4ème B", "Amina;الرابع"]),
    "one arabic name": ("cp1256", ["Name", "علي"]),
    "farsi": ("cp1256", ["Name", "پروين چراغي", "ژاله"]),
    "french": ("cp1252", ["Prénom,Nom", "Hélène,Lefèvre", "François,Noël", "Zoé,Bœuf", "Anaïs,D’Août"]),
    "spanish": ("cp1252", ["Nombre;Año", "José Muñoz;2014", "MARÍA PEÑA;2013", "Íñigo Núñez;2012", "Ángel;2011"]),
    "portuguese": ("cp1252", ["Nome;Turma", "João Conceição;4ª", "Inês;4ª", "Antônio Magalhães;4ª", "ASSUNÇÃO;4ª"]),
    "german": ("cp1252", ["Name", "Jürgen Groß", "Käthe", "Özil"]),
    "swahili and english": ("cp1252", ["Jina,Darasa", "Asha ‘Mama’ Juma,4", "Zoë McDonald,5"]),
    "polish": ("cp1250", ["Imię;Nazwisko", "Łukasz;Wiśniewski", "Żaneta;Wójcik", "Michał;Gałązka"]),
    "czech": ("cp1250", ["Jméno;Třída", "Jiří Dvořák;4", "Šárka Kučerová;4", "Zdeněk;5"]),
    "hungarian": ("cp1250", ["Név", "Erdős Győző", "Szűcs Ágnes"]),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_each_list_is_read_by_its_own_table(name: str, ending: str) -> None:
    table, lines = LISTS[name]
    data = ending.join(lines).encode(table)
    assert reading.guessed_table(data) == table
    assert [line.cells for line in reading.read(data)] == [line.cells for line in reading.read_text(ending.join(lines))]


def test_arabic_names_are_known_one_by_one() -> None:
    for name in ARABIC:
        assert letters.table_of(f"Name\n{name}\n".encode("cp1256")) == "cp1256", name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_says_how_it_is_written_is_not_guessed(encoding: str) -> None:
    data = "Name,Class\nمحمد,4\nJosé,4\n".encode(encoding)
    assert reading.guessed_table(data) == ""
    assert [line.cells for line in reading.read(data)][1:] == [("محمد", "4"), ("José", "4")]


def test_bytes_that_mean_nothing_in_any_table_are_refused() -> None:
    assert letters.table_of(b"\x81\x8d\x8f\x90 x\x9dy\x81z \x9d\x81\x8dq") == ""
