"""`python -m tests.openapi [--cases 2000] [--seed N] [--role coach]`: made-up requests as each kind of person."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time

import django


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.openapi", description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000, help="the least for each kind of person")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", default="", help="one of anonymous, learner, coach, admin, superuser")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"KOLIBRI_HOME": folder, "DJANGO_SETTINGS_MODULE": "kolibri.settings.dev"}
        django.setup()
        # Thousands of refusals are what is asked for.
        logging.disable(logging.WARNING)
        from django.core.management import call_command

        from kolibri.core.device.models import DeviceSettings
        from tests.openapi.fuzz import ROLES
        from tests.openapi.fuzz import Fuzz
        from tests.openapi.fuzz import problems
        from tests.schools import make_school

        call_command("migrate", verbosity=0)
        school = make_school()
        DeviceSettings(is_provisioned=True, default_facility=school.facility, language="en").save()
        fuzz = Fuzz(school, options.seed)
        print(f"{len(fuzz.operations)} operations, seed {options.seed}")
        faults: list[str] = []
        for role in [options.role] if options.role else ROLES:
            began = time.monotonic()
            told = fuzz.run(role, options.cases)
            statuses = ", ".join(f"{status}: {many}" for status, many in sorted(told.statuses.items()))
            took = time.monotonic() - began
            print(f"{role:10}{told.cases:7} cases, {len(told.faults)} faults, {took:.0f} s   {statuses}", flush=True)
            faults += [f"as {role}: {problem}" for problem in problems(told)]
    print("\n".join(faults))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
