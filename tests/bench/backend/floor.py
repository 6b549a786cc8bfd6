"""The same JSON made by one statement, in the database's own C: what no server in Python can be quicker than."""

from __future__ import annotations

from django.db import connection

# date_created as it is sent: the stored text is UTC's wall time and the zone.
_SENT = "substr(l.date_created, 1, 10) || 'T' || substr(l.date_created, 12, 15) || '+00:00'"

_SQLITE = """
SELECT json_group_array(json(row)) FROM (SELECT json_object(
  'id', l.id, 'title', l.title, 'description', l.description, 'resources', json(l.resources),
  'active', json(CASE l.is_active WHEN 1 THEN 'true' ELSE 'false' END), 'collection', l.collection_id,
  'created_by', l.created_by_id, 'date_created', {sent},
  'classroom', json_object('id', c.id, 'name', c.name, 'parent', c.parent_id),
  '{name}', json((SELECT json_group_array(x) FROM (
    SELECT a.collection_id AS x FROM lessons_lessonassignment a {join} WHERE a.lesson_id = l.id {where} ORDER BY 1))),
  'learner_ids', json((SELECT json_group_array(x) FROM (
    SELECT m.user_id AS x FROM lessons_lessonassignment a
    JOIN kolibriauth_collection k ON k.id = a.collection_id
    JOIN kolibriauth_membership m ON m.collection_id = k.id
    WHERE a.lesson_id = l.id AND k.kind = 'adhoclearnersgroup' ORDER BY 1)))
) AS row FROM lessons_lesson l JOIN kolibriauth_collection c ON c.id = l.collection_id
WHERE l.dataset_id = %s ORDER BY l.date_created DESC, l.id LIMIT %s)
"""

_POSTGRESQL = """
SELECT json_agg(row)::text FROM (SELECT json_build_object(
  'id', replace(l.id::text, '-', ''), 'title', l.title, 'description', l.description, 'resources', l.resources::json,
  'active', l.is_active, 'collection', replace(l.collection_id::text, '-', ''),
  'created_by', replace(l.created_by_id::text, '-', ''), 'date_created', {sent},
  'classroom', json_build_object('id', replace(c.id::text, '-', ''), 'name', c.name,
    'parent', replace(c.parent_id::text, '-', '')),
  '{name}', array_to_json(ARRAY(
    SELECT replace(a.collection_id::text, '-', '') FROM lessons_lessonassignment a {join}
    WHERE a.lesson_id = l.id {where} ORDER BY a.collection_id)),
  'learner_ids', array_to_json(ARRAY(
    SELECT replace(m.user_id::text, '-', '') FROM lessons_lessonassignment a
    JOIN kolibriauth_collection k ON k.id = a.collection_id
    JOIN kolibriauth_membership m ON m.collection_id = k.id
    WHERE a.lesson_id = l.id AND k.kind = 'adhoclearnersgroup' ORDER BY m.user_id))
) AS row FROM lessons_lesson l JOIN kolibriauth_collection c ON c.id = l.collection_id
WHERE l.dataset_id = %s ORDER BY l.date_created DESC, l.id LIMIT %s) AS rows
"""

# Our own list names the class and the groups in `assignments`; the guide's annotation, all collections.
OWN = {
    "name": "assignments",
    "join": "JOIN kolibriauth_collection k ON k.id = a.collection_id",
    "where": "AND k.kind <> 'adhoclearnersgroup'",
}
GUIDE = {"name": "lesson_assignment_collections", "join": "", "where": ""}


def floor(form: dict[str, str], dataset_id: str, rows: int) -> bytes:
    """Return the JSON of the newest `rows` lessons of a school."""
    sql = (_POSTGRESQL if connection.vendor == "postgresql" else _SQLITE).format(sent=_SENT, **form)
    with connection.cursor() as cursor:
        cursor.execute(sql, [dataset_id, rows])
        text: str = cursor.fetchone()[0]
    return text.encode()
