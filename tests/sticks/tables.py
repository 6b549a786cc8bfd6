"""The tables of a channel's database in every schema, from the columns that came and went."""

import sqlite3

# Ages, oldest first. A column is there from one age until before another.
AGES: list[int | str] = ["unversioned", 1, 2, 3, 4, 5]
Column = tuple[str, str]  # name and type

_ID = "CHAR(32)"
# name, type, from, until (exclusive; None: still there)
_COLUMNS: dict[str, list[tuple[str, str, int | str, int | str | None]]] = {
    "content_language": [
        ("id", "VARCHAR(14)", "unversioned", None),
        ("lang_code", "VARCHAR(3)", "unversioned", None),
        ("lang_subcode", "VARCHAR(10)", "unversioned", None),
        ("lang_name", "VARCHAR(100)", "unversioned", None),
        ("lang_direction", "VARCHAR(3)", "unversioned", None),
    ],
    "content_license": [
        ("id", "INTEGER", "unversioned", 1),
        ("license_name", "VARCHAR(50)", "unversioned", 1),
        ("license_description", "VARCHAR(400)", "unversioned", 1),
    ],
    "content_contenttag": [("id", _ID, "unversioned", None), ("tag_name", "VARCHAR(30)", "unversioned", None)],
    "content_localfile": [
        ("id", "VARCHAR(32)", 1, None),
        ("extension", "VARCHAR(40)", 1, None),
        ("available", "BOOL", 1, None),
        ("file_size", "INTEGER", 1, None),
    ],
    "content_contentnode": [
        ("id", _ID, "unversioned", None),
        ("parent_id", _ID, "unversioned", None),
        ("title", "VARCHAR(200)", "unversioned", None),
        ("kind", "VARCHAR(200)", "unversioned", None),
        ("description", "TEXT", "unversioned", None),
        ("content_id", _ID, "unversioned", None),
        ("channel_id", _ID, 1, None),
        ("sort_order", "REAL", "unversioned", None),
        ("author", "VARCHAR(200)", "unversioned", None),
        ("license_owner", "VARCHAR(200)", "unversioned", None),
        ("license_id", "INTEGER", "unversioned", 1),
        ("license_name", "VARCHAR(50)", 1, None),
        ("license_description", "TEXT", 1, None),
        ("lang_id", "VARCHAR(14)", "unversioned", None),
        ("available", "BOOL", "unversioned", None),
        ("stemmed_metaphone", "VARCHAR(1800)", "unversioned", 3),
        ("coach_content", "BOOL", 2, None),
        ("options", "TEXT", 4, None),
        ("grade_levels", "TEXT", 5, None),
        ("resource_types", "TEXT", 5, None),
        ("learning_activities", "TEXT", 5, None),
        ("accessibility_labels", "TEXT", 5, None),
        ("categories", "TEXT", 5, None),
        ("learner_needs", "TEXT", 5, None),
        ("duration", "INTEGER", 5, None),
        ("lft", "INTEGER", "unversioned", None),
        ("rght", "INTEGER", "unversioned", None),
        ("tree_id", "INTEGER", "unversioned", None),
        ("level", "INTEGER", "unversioned", None),
    ],
    "content_file": [
        ("id", _ID, "unversioned", None),
        ("contentnode_id", _ID, "unversioned", None),
        ("local_file_id", "VARCHAR(32)", 1, None),
        ("checksum", "VARCHAR(400)", "unversioned", 1),
        ("extension", "VARCHAR(40)", "unversioned", 1),
        ("file_size", "INTEGER", "unversioned", 1),
        ("available", "BOOL", "unversioned", 3),
        ("preset", "VARCHAR(150)", "unversioned", None),
        ("lang_id", "VARCHAR(14)", "unversioned", None),
        ("supplementary", "BOOL", "unversioned", None),
        ("thumbnail", "BOOL", "unversioned", None),
        ("priority", "INTEGER", "unversioned", None),
    ],
    "content_channelmetadata": [
        ("id", _ID, "unversioned", None),
        ("name", "VARCHAR(200)", "unversioned", None),
        ("description", "VARCHAR(400)", "unversioned", None),
        ("tagline", "VARCHAR(150)", 4, None),
        ("author", "VARCHAR(400)", "unversioned", None),
        ("version", "INTEGER", "unversioned", None),
        ("thumbnail", "TEXT", "unversioned", None),
        ("last_updated", "VARCHAR", 1, None),
        ("min_schema_version", "VARCHAR(50)", 1, None),
        ("root_pk", _ID, "unversioned", 1),
        ("root_id", _ID, 1, None),
    ],
    "content_assessmentmetadata": [
        ("id", _ID, "unversioned", None),
        ("contentnode_id", _ID, "unversioned", None),
        ("assessment_item_ids", "TEXT", "unversioned", None),
        ("number_of_assessments", "INTEGER", "unversioned", None),
        ("mastery_model", "TEXT", "unversioned", None),
        ("randomize", "BOOL", "unversioned", None),
        ("is_manipulable", "BOOL", "unversioned", None),
    ],
    "content_contentnode_tags": [
        ("id", "INTEGER", "unversioned", None),
        ("contentnode_id", _ID, "unversioned", None),
        ("contenttag_id", _ID, "unversioned", None),
    ],
    "content_contentnode_has_prerequisite": [
        ("id", "INTEGER", "unversioned", None),
        ("from_contentnode_id", _ID, "unversioned", None),
        ("to_contentnode_id", _ID, "unversioned", None),
    ],
    "content_contentnode_related": [
        ("id", "INTEGER", "unversioned", None),
        ("from_contentnode_id", _ID, "unversioned", None),
        ("to_contentnode_id", _ID, "unversioned", None),
    ],
}


def columns(table: str, schema: int | str) -> list[Column]:
    age = AGES.index(schema)
    return [
        (name, kind)
        for name, kind, since, until in _COLUMNS[table]
        if AGES.index(since) <= age and (until is None or age < AGES.index(until))
    ]


class Database:
    """A channel's database being written; columns that the schema lacks are left out silently."""

    def __init__(self, path: str, schema: int | str) -> None:
        self.schema = schema
        self._db = sqlite3.connect(path)
        for table in _COLUMNS:
            here = columns(table, schema)
            if here:
                parts = ", ".join(f"{name} {kind}" + (" PRIMARY KEY" if name == "id" else "") for name, kind in here)
                self._db.execute(f"CREATE TABLE {table} ({parts})")

    def add(self, table: str, **values: object) -> None:
        here = [name for name, _kind in columns(table, self.schema) if name in values]
        if here:
            places = ", ".join("?" * len(here))
            row = [values[name] for name in here]
            self._db.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(here)}) VALUES ({places})", row)

    def close(self) -> None:
        self._db.commit()
        self._db.execute("VACUUM")
        self._db.close()
