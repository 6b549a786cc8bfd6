from tests.coach.conftest import channel
from tests.coach.conftest import open_channel
from tests.coach.conftest import open_lesson
from tests.coach.conftest import stick
from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screens import visit

__all__ = [
    "channel",
    "chromium",
    "computer",
    "listeners",
    "open_channel",
    "open_lesson",
    "open_school",
    "served",
    "stick",
    "visit",
]
