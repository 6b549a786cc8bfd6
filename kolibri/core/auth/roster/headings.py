"""The words by which schools head their columns, in the program's six languages."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _


class Column(StrEnum):
    """What a column may hold; the values are what a Kolibri writes in brackets behind its headings."""

    ID = "UUID"
    USERNAME = "USERNAME"
    PASSWORD = "PASSWORD"
    FULL_NAME = "FULL_NAME"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    TYPE = "USER_TYPE"
    IDENTIFIER = "IDENTIFIER"
    BIRTH_YEAR = "BIRTH_YEAR"
    GENDER = "GENDER"
    ENROLLED = "ENROLLED_IN"
    ASSIGNED = "ASSIGNED_TO"


_WORDS: Final = {
    Column.ID: "Database ID|UUID",
    Column.USERNAME: """
        Username|User name|User|Login|Login name|Sign-in name|Account
        |Usuario|Nombre de usuario|Cuenta|Identifiant|Nom d’utilisateur|Utilisateur|Nom d'utilisateur
        |Nome de usuário|Nome de utilizador|Usuário|Utilizador|Jina la mtumiaji|Mtumiaji|اسم المستخدم|المستخدم
    """,
    Column.PASSWORD: """
        Password|Pass word|Passcode|PIN|Contraseña|Clave|Mot de passe|Code secret|Senha|Palavra-passe|Palavra passe
        |Nenosiri|Neno la siri|Nywila|كلمة المرور|كلمة السر
    """,
    Column.FULL_NAME: """
        Name|Full name|Names|Learner|Learners|Learner name|Learner’s name|Student|Students|Student name|Student’s name
        |Pupil|Pupils|Pupil name|Child|Name of learner|Name of student|Name of pupil|Person|Teacher|Teacher name
        |Nombre|Nombres|Nombre completo|Nombre y apellidos|Apellidos y nombre|Apellidos y nombres|Apellido y nombre
        |Alumno|Alumna|Alumnos|Alumno/a|Estudiante|Estudiantes|Nombre del alumno|Nombre del estudiante|Niño|Niños
        |Nom|Noms|Nom complet|Nom et prénom|Nom et prénoms|Noms et prénoms|Prénom et nom|Nom prénom|Élève|Élèves
        |Nom de l’élève|Apprenant|Apprenants|Étudiant
        |Nome|Nomes|Nome completo|Nome e apelido|Nome e sobrenome|Aluno|Aluna|Alunos|Nome do aluno|Estudantes
        |Jina|Majina|Jina kamili|Jina la mwanafunzi|Mwanafunzi|Wanafunzi
        |الاسم|الاسم الكامل|اسم الطالب|اسم التلميذ|الأسماء|الطالب|التلميذ|اسم المتعلم|الاسم الثلاثي
    """,
    Column.FIRST_NAME: """
        First name|First names|Firstname|Given name|Given names|Forename|Forenames|Christian name
        |Primer nombre|Nombre de pila|Prénom|Prénoms|Primeiro nome|Nome próprio|Jina la kwanza|الاسم الأول|الاسم الشخصي
    """,
    Column.LAST_NAME: """
        Last name|Last names|Lastname|Surname|Surnames|Family name|Second name
        |Apellido|Apellidos|Primer apellido|Nom de famille|Apelido|Apelidos|Sobrenome|Último nome
        |Jina la ukoo|Jina la familia|Jina la mwisho|اسم العائلة|اللقب|الكنية|الاسم الأخير|الاسم العائلي
    """,
    Column.TYPE: """
        User type|Type|Type of user|Role|Rights|Kind|Tipo|Tipo de usuario|Rol|Función|Type d’utilisateur|Rôle|Fonction
        |Tipo de usuário|Tipo de utilizador|Papel|Função|Aina|Aina ya mtumiaji|Wajibu|نوع المستخدم|الدور
    """,
    Column.IDENTIFIER: """
        Identifier|ID|ID number|Number|No|Nr|Nº|N°|#|Registration number|Registration|Admission number|Admission no
        |Student ID|Student number|Learner ID|Roll number|Roll no|Index number|Code
        |Identificador|Número|Núm|Número de identificación|Matrícula|Número de matrícula|Código|Documento|DNI|Cédula
        |Identification|Numéro|Num|Numéro d’identification|Matricule|Numéro matricule
        |Número de identificação|Número do aluno|Nambari|Namba|Nambari ya utambulisho|Kitambulisho|Namba ya usajili
        |المعرف|الرقم|رقم|رقم الطالب|رقم التسجيل|الرقم المدرسي|رقم الهوية|م
    """,
    Column.BIRTH_YEAR: """
        Birth year|Year of birth|Born|Date of birth|Birth date|Birthdate|Birthday|DOB|YOB
        |Año de nacimiento|Fecha de nacimiento|Nacimiento|Année de naissance|Date de naissance|Naissance|Né le|Né(e) le
        |Ano de nascimento|Data de nascimento|Nascimento|Mwaka wa kuzaliwa|Tarehe ya kuzaliwa
        |سنة الميلاد|تاريخ الميلاد|سنة الولادة|تاريخ الازدياد
    """,
    Column.GENDER: "Gender|Sex|Género|Sexo|Genre|Sexe|Gênero|Jinsia|Jinsi|الجنس|النوع|النوع الاجتماعي",
    Column.ENROLLED: """
        Class|Classes|Class name|Classroom|Grade|Form|Year|Year group|Level|Section|Stream|Group|Enrolled in|Enrollment
        |Enrolment|Learner enrollment|Learner enrolled in class(es)|Learns in
        |Clase|Clases|Grado|Curso|Aula|Salón|Nivel|Sección|Grupo|Año|Classe|Niveau|Année|Groupe
        |Turma|Turmas|Série|Ano|Sala|Nível|Darasa|Madarasa|Kidato|Mkondo|Kikundi
        |الصف|الفصل|القسم|الشعبة|المستوى|المجموعة|السنة
    """,
    Column.ASSIGNED: """
        Coach assignment|Coach assigned to class(es)|Assigned to|Teaches|Class taught|Classes taught|Teacher of
        |Enseña|Clases que enseña|Docente de|Enseigne|Classes enseignées|Ensina|Leciona|Turmas que ensina
        |Anafundisha|Madarasa anayofundisha|يدرّس|الصفوف التي يدرسها|معلم الصفوف
    """,
}
_ARABIC: Final = str.maketrans("أإآٱةىؤئ", "ااااهيوي", "ـ")
_IN_BRACKETS: Final = re.compile(r"\(\s*([A-Z_]+)\s*\)\W*$")


def fold(text: str) -> str:
    """Return the text as it counts in a comparison: no case, no accents, letters and digits and what heads numbers."""
    bare = unicodedata.normalize("NFKD", text.translate(_ARABIC)).casefold()
    kept = "".join(
        character if character in "#" or unicodedata.category(character)[0] in "LN" else " "
        for character in bare
        if unicodedata.category(character) not in ("Mn", "Cf")
    )
    return " ".join(kept.split())


_COLUMNS: Final = {
    folded: column for column, words in _WORDS.items() for word in words.split("|") if (folded := fold(word))
}


def column_of(heading: str) -> Column | None:
    """Return what a column with this heading holds; None for a heading that nobody here knows."""
    if (code := _IN_BRACKETS.search(heading)) and code[1] in set(Column):
        return Column(code[1])
    return _COLUMNS.get(fold(heading))


def name_of(column: Column) -> str:
    """Return what the column is called in the reader's language, for lists that have no heading for it."""
    return {
        Column.ID: _("Database ID"),
        Column.USERNAME: _("Username"),
        Column.PASSWORD: _("Password"),
        Column.FULL_NAME: _("Name"),
        Column.FIRST_NAME: _("First name"),
        Column.LAST_NAME: _("Last name"),
        Column.TYPE: _("User type"),
        Column.IDENTIFIER: _("Identifier"),
        Column.BIRTH_YEAR: _("Birth year"),
        Column.GENDER: _("Gender"),
        Column.ENROLLED: _("Class"),
        Column.ASSIGNED: _("Teaches"),
    }[column]
