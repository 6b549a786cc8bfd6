"""Channels for what is described."""

from tests.core.content.conftest import bring
from tests.core.content.conftest import home
from tests.core.content.conftest import stick

__all__ = ["bring", "home", "stick"]
