"""Write a sample stick by hand: `python -m tests.sticks FOLDER [--schema 3] [--break missing-file]`."""

import argparse
from pathlib import Path

from tests.sticks import AGES
from tests.sticks import FAULTS
from tests.sticks import make_stick


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.sticks", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--schema", choices=[str(age) for age in AGES], default="5")
    parser.add_argument("--break", dest="fault", choices=FAULTS)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--films", type=int, default=0, help="megabytes to add, to have something to wait for")
    given = parser.parse_args()
    schema = int(given.schema) if given.schema.isdecimal() else given.schema
    stick = make_stick(given.folder, schema=schema, fault=given.fault, channels=given.channels, films=given.films)
    print(f"{stick.export}: {', '.join(stick.channel_ids)}; {stick.storage_bytes()} bytes of files")


if __name__ == "__main__":
    main()
