"""Where the system forbids Chromium's sandbox, the browser takes the window's place."""

from pathlib import Path

import pytest

from app.platforms import linux


@pytest.mark.parametrize(
    ("restricted", "profile", "may"),
    [
        ("1\n", "unconfined\n", False),
        ("1\n", "kolibri-desktop (unconfined)\n", True),
        ("0\n", "unconfined\n", True),
        (None, "unconfined\n", True),
        ("1\n", None, True),
    ],
)
def test_ubuntu_allows_the_sandbox_to_programs_with_a_profile(
    restricted: str | None, profile: str | None, may: bool, tmp_path: Path
) -> None:
    for name, content in (
        ("sys/kernel/apparmor_restrict_unprivileged_userns", restricted),
        ("self/attr/current", profile),
    ):
        if content is not None:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content, "ascii")
    assert linux.may_sandbox(tmp_path) is may
