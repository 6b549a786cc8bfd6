"""`python -m kolibri`, the same as the command `kolibri`."""

import sys

from kolibri.cli import main

if __name__ == "__main__":
    sys.exit(main())
