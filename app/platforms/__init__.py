"""What differs between systems, as the same few functions in each module; `here` is this system's."""

import sys

if sys.platform == "win32":
    from app.platforms import windows as here
elif sys.platform == "darwin":
    from app.platforms import macos as here
else:
    from app.platforms import linux as here

__all__ = ["here"]
