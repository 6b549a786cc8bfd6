"""How much may be sent at once, for the server too: nothing of Django is needed to read this."""

import re
from typing import Final

MOST_BYTES: Final = 2 * 1024**3  # one file
MOST_SENT: Final = MOST_BYTES + 1024**2  # all files of one choice, with what the form adds
_ADDRESS = re.compile(rb"/coach/lesson/[0-9a-f]{32}/own-files/")


def takes_files(path: bytes) -> bool:
    """Whether so much may be sent to the address; all others take what a form holds."""
    return _ADDRESS.fullmatch(path) is not None
