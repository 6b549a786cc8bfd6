import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolibri.core.auth import usernames


def test_names_are_read_one_a_line_without_numbers_and_bullets() -> None:
    text = "1. Amina Bello\n2) Ben  Carter\r\n\n - Carla Diaz,\n\tDavid\tEke\n• Esi Fofie\n"
    assert usernames.parse_names(text) == ["Amina Bello", "Ben Carter", "Carla Diaz", "David Eke", "Esi Fofie"]


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Amina Bello", "amina"),
        ("أمينة بلو", "أمينة"),
        ("አበበ በቀለ", "አበበ"),
        ("अनीता शर्मा", "अनीता"),
        ("王小明", "王小明"),
        ("O'Neil Smith", "oneil"),
        ("…", "learner"),
    ],
)
def test_first_name_becomes_the_username_in_any_script(name: str, username: str) -> None:
    assert usernames.propose([name]) == [username]
    assert usernames.is_allowed(username)


def test_equal_first_names_are_told_apart_by_the_last_name_then_by_number() -> None:
    proposed = usernames.propose(["Ann Lee", "Ann Lopez", "Ann Lee", "ANN"], taken=["Ann"])
    assert proposed == ["annl", "annlo", "annle", "ann2"]


@given(st.lists(st.text(min_size=1, max_size=60), max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_proposals_are_allowed_unique_and_free(names: list[str], taken: list[str]) -> None:
    proposed = usernames.propose(names, taken)
    folded = [usernames.fold(name) for name in proposed]
    assert len(proposed) == len(names)
    assert len(set(folded)) == len(folded)
    assert not set(folded) & {usernames.fold(name) for name in taken}
    assert all(usernames.is_allowed(name) for name in proposed)


@given(st.text())
def test_every_text_gives_names_that_can_be_stored(text: str) -> None:
    for name in usernames.parse_names(text):
        assert name == name.strip()
        assert 0 < len(name) <= 120
        assert "\x00" not in name


def test_thousands_of_one_name_get_numbers_in_a_moment() -> None:
    start = time.process_time()
    proposed = usernames.propose(["Ali Juma"] * 5_000, {"ali7"})
    assert time.process_time() - start < 3
    assert proposed[:8] == ["ali", "alij", "aliju", "alijum", "alijuma", "ali2", "ali3", "ali4"]
    assert len(set(proposed)) == 5_000 and "ali7" not in proposed and proposed[-1] == "ali4997"
