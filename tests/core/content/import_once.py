"""One import in a process of its own, slowed down, so that a test can kill it: STICK HOME SECONDS_A_STEP [PART...]."""

import json
import os
import sys
import time
from pathlib import Path


def main(stick: str, home: str, pause: str, *nodes: str) -> None:
    os.environ["KOLIBRI_HOME"] = home
    os.environ["DJANGO_SETTINGS_MODULE"] = "kolibri.settings.desktop"
    import django

    django.setup()
    from django.core.management import call_command

    from kolibri.core.content.choice import Asked
    from kolibri.core.content.importer import Import

    class Slow:
        def update_progress(self, *args: object, **kwargs: object) -> None:
            pass

        def check_for_cancel(self) -> None:
            time.sleep(float(pause))

    call_command("migrate", "content", verbosity=0, skip_checks=True)
    content = Path(stick) / "KOLIBRI_DATA" / "content"
    ids = [file.stem for file in (content / "databases").iterdir()]
    parts = dict.fromkeys(ids, Asked(frozenset(nodes), 1)) if nodes else {}
    print(json.dumps(Import(content, Path(home), Slow(), parts=parts).run(ids)))


if __name__ == "__main__":
    main(*sys.argv[1:])
