"""Start the program from source as if it were packed at another place: `python packed.py PROGRAM [OPTION ...]`."""

import sys

sys.frozen = True  # type: ignore[attr-defined]
sys.executable = sys.argv.pop(1)

from app.__main__ import main  # noqa: E402

if __name__ == "__main__":
    main()
