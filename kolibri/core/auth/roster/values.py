"""What a cell says: a person's rights, gender and year of birth, the names of classes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from kolibri.core.auth.people import Rights
from kolibri.core.auth.roster.headings import fold
from kolibri.core.auth.usernames import seen

# In a Kolibri's lists: the password stays what it is.
UNCHANGED: Final = "*"

TYPES: Final = {
    Rights.LEARNER: "LEARNER",
    Rights.CLASS_COACH: "CLASS_COACH",
    Rights.COACH: "FACILITY_COACH",
    Rights.ADMIN: "ADMIN",
}
_RIGHTS: Final = {
    Rights.LEARNER: """
        LEARNER|Student|Pupil|Alumno|Alumna|Estudiante|Aprendiz|Élève|Apprenant|Apprenante|Étudiant|Aluno|Aluna|Aprendente
        |Mwanafunzi|طالب|طالبة|تلميذ|تلميذة|متعلم|متعلمة
    """,
    Rights.CLASS_COACH: """
        CLASS_COACH|Coach|Class coach|Teacher|Class teacher|Teacher of some classes|Tutor
        |Docente|Maestro|Maestra|Profesor|Profesora|Enseignant|Enseignante|Professeur|Professeure|Instituteur|Institutrice
        |Professor|Professora|Mwalimu|معلم|معلمة|مدرس|مدرسة|أستاذ|أستاذة
    """,
    Rights.COACH: "FACILITY_COACH|Facility coach|School coach|Teacher of all classes",
    Rights.ADMIN: """
        ADMIN|Administrator|Admin of the school|Head teacher|Principal|Administrador|Administradora|Director|Directora
        |Administrateur|Administratrice|Directeur|Directrice|Diretor|Diretora|Msimamizi|مدير|مديرة
    """,
}
_GENDERS: Final = {
    "MALE": """
        MALE|M|Boy|Man|Masculino|Hombre|Niño|Varón|Chico|H|Masculin|Homme|Garçon|G|Homem|Menino|Rapaz|Mwanaume|Mvulana|Me
        |Kiume|ذكر|ولد
    """,
    "FEMALE": """
        FEMALE|F|Girl|Woman|W|Femenino|Mujer|Niña|Chica|Féminin|Femme|Fille|Feminino|Mulher|Menina|Rapariga|Mwanamke
        |Msichana|Ke|Kike|أنثى|بنت
    """,
    "NOT_SPECIFIED": "NOT_SPECIFIED|Not specified|Other|Otro|Autre|Outro|Nyingine|آخر",
    "DEFERRED": "DEFERRED",
}
_CLASS_NAME: Final = re.compile(r'"((?:[^"]|"")*)"|([^,;،؛]+)')
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _by_word(words: dict[str, str] | dict[Rights, str]) -> dict[str, str]:
    return {fold(word): str(value) for value, text in words.items() for word in text.split("|")}


_RIGHTS_BY_WORD: Final = _by_word(_RIGHTS)
_GENDER_BY_WORD: Final = _by_word(_GENDERS)


def clean(text: str) -> str:
    """Return a cell as one line of text in one Unicode form, without what cannot be printed."""
    printed = (character for character in unicodedata.normalize("NFC", seen(text)) if _is_printed(character))
    return " ".join("".join(printed).split())


def _is_printed(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Co")


def is_visible(text: str) -> bool:
    """Return whether there is a letter or a digit in the text."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def rights(text: str) -> Rights | None:
    """Return the rights that a type of user has; None for a word that nobody here knows."""
    found = _RIGHTS_BY_WORD.get(fold(text))
    return Rights(found) if found else None


def gender(text: str) -> str | None:
    """Return the gender as peers keep it; None for a word that nobody here knows."""
    return _GENDER_BY_WORD.get(fold(text))


def birth_year(text: str) -> str | None:
    """Return the year as four digits, also out of a date, or a peer's word for none; None for anything else."""
    if text in ("NOT_SPECIFIED", "DEFERRED"):
        return text
    digits = "".join(str(unicodedata.decimal(character, character)) for character in text)
    found = set(_YEAR.findall(digits))
    return found.pop() if len(found) == 1 else None


def class_names(text: str) -> list[str]:
    """Return the names in a cell; between commas or semicolons, and in quotation marks where they have some inside."""
    names = (clean(quoted.replace('""', '"') or bare) for quoted, bare in _CLASS_NAME.findall(text))
    return [name for name in names if name]


def joined(names: list[str]) -> str:
    """Return class names as one cell; `class_names` takes them apart again."""
    return ",".join(f'"{name.replace(chr(34), chr(34) * 2)}"' if re.search('[,;،؛"]', name) else name for name in names)
