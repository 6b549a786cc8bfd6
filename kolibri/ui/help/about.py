"""Which topic fits which page."""

from __future__ import annotations

# By the name of the address without "kolibri:"; a space alone stands for all its other pages.
ABOUT = {
    "coach": "lesson",
    "coach:classes": "first-steps",
    "coach:new-group": "who",
    "coach:group": "who",
    "coach:report": "report",
    "coach:today": "report",
    "coach:copy": "copies",
    "coach:templates": "copies",
    "coach:paper-list": "cards",
    "coach:class-report": "report",
    "coach:learner": "report",
    "coach:cards": "cards",
    "coach:as-learner": "learners-see",
    "coach:history": "undo",
    "coach:deleted": "undo",
    "school": "class",
    "school:class": "names",
    "school:people": "password",
    "school:person": "password",
    "school:list": "file",
    "school:settings": "settings",
    "school:new-person": "teachers",
    "computer:about": "trouble",
    "computer:arrivals": "trouble",
    "computer:backups": "backups",
    "computer:channel": "content",
    "computer:content": "content",
    "computer:delete-channel": "content",
    "computer:poster": "share",
    "computer:share": "share",
    "computer:stick": "stick",
    "computer:sync-stick": "content",
    "computer:sync": "sync",
    "learn": "my-lessons",
    "setup:recover": "password",
    "ui:join": "my-lessons",
    "ui:pictures": "my-lessons",
    "ui:sign-in": "my-lessons",
}


def topic_name(page: str) -> str:
    """Return the name of the topic for a page, named as "coach:lesson"; empty when none fits."""
    return ABOUT.get(page) or ABOUT.get(page.partition(":")[0], "")
