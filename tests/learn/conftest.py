from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screens import visit

__all__ = ["chromium", "computer", "listeners", "open_school", "served", "visit"]
