"""The ways of packing that are read of zips from elsewhere."""

from __future__ import annotations

import zipfile
from typing import Final

# Books and spreadsheets know no others. Of these alone zipfile unpacks no more than it is asked for: 400 bytes of bzip2
# fill a memory.
BOUNDED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
