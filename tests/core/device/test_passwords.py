import pytest

from kolibri.core.device import passwords
from kolibri.core.device.passwords import Strength

ABOUT = ("Hill School", "Amina Bello", "amina")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", Strength.SHORT),
        ("Xq7!ab2", Strength.SHORT),
        ("password", Strength.GUESSABLE),
        ("PassWord", Strength.GUESSABLE),
        ("12345678", Strength.GUESSABLE),
        ("987654321", Strength.GUESSABLE),
        ("abcdefgh", Strength.GUESSABLE),
        ("aaaaaaaaaaaa", Strength.GUESSABLE),
        ("        ", Strength.GUESSABLE),
        ("abababababab", Strength.GUESSABLE),
        ("qwertyui", Strength.GUESSABLE),
        ("HillSchool", Strength.GUESSABLE),
        ("hillschool1", Strength.GUESSABLE),
        ("aminabello", Strength.GUESSABLE),
        ("Amina2024!", Strength.GUESSABLE),
        ("hillside goats", Strength.FAIR),
        ("abcdxyz9", Strength.WEAK),
        ("tablemug", Strength.WEAK),
        ("tablemug 42", Strength.FAIR),
        ("7392618405", Strength.WEAK),
        ("blue kettle, seven goats", Strength.STRONG),
        ("Xq7!rT2%Lw", Strength.STRONG),
        ("ሰማያዊ ድስት ሰባት ፍየሎች", Strength.STRONG),
        ("पहाड़ी नदी का पुल", Strength.STRONG),
        ("a" * 5_000 + "bcd", Strength.GUESSABLE),
    ],
)
def test_strength(password, expected):
    assert passwords.strength(password, ABOUT) is expected


def test_only_short_and_guessable_are_refused():
    assert [s for s in Strength if not s.is_enough] == [Strength.SHORT, Strength.GUESSABLE]


def test_sentence_counts_what_is_missing():
    assert passwords.sentence("abcde") == "3 more characters are needed."
    assert passwords.sentence("Xq7!ab2") == "1 more character is needed."
    assert passwords.sentence("") == ""
    assert passwords.sentence("HillSchool", ABOUT).startswith("Too easy")
