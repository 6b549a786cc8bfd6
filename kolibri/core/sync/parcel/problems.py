"""What keeps a parcel from being written or taken in, each in a sentence that says what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kolibri.errors import KolibriError


class ParcelProblem(KolibriError):
    """The file is refused as a whole (409): nothing of it has come in."""

    status = 409
    code = "no_parcel"


class NotAParcel(ParcelProblem):
    """The file is something else, or of a later version of the program."""

    code = "not_a_parcel"

    def __init__(self) -> None:
        super().__init__(
            _("This file does not hold a school's changes, or comes from a newer version of the program."),
            field="file",
        )


class Damaged(ParcelProblem):
    """The file is half-written, was altered, or holds what no computer of the school would write."""

    code = "not_whole"

    def __init__(self) -> None:
        super().__init__(
            _("This file is not whole or was changed, so nothing of it was brought in. Save it to the stick again."),
            field="file",
        )


class Gone(ParcelProblem):
    """The file cannot be read, as when the stick was taken out."""

    code = "stick_gone"

    def __init__(self) -> None:
        super().__init__(_("This file cannot be read. Put the stick in again."), field="file")


class NoRoom(ParcelProblem):
    """This computer's disk is full; nothing of the file has come in, or none was saved."""

    code = "no_room"

    def __init__(self) -> None:
        super().__init__(_("This computer's disk is full. Make room on it and try again: nothing is lost."))


class NeedsPassphrase(ParcelProblem):
    """The file is not sealed to this computer, and the passphrase is missing."""

    code = "needs_passphrase"

    def __init__(self) -> None:
        super().__init__(_("Type the passphrase that was set when the file was saved."), field="passphrase")


class WrongPassphrase(ParcelProblem):
    """The passphrase is not the file's."""

    code = "wrong_passphrase"

    def __init__(self) -> None:
        super().__init__(_("This is not the passphrase of this file."), field="passphrase")


class NotForThisComputer(ParcelProblem):
    """The file is not sealed to this computer and has no passphrase."""

    code = "not_for_this_computer"

    def __init__(self) -> None:
        super().__init__(
            _(
                "The computer that saved this file does not know this one yet. Bring a file from here to it first, "
                "or save the file there again with a passphrase."
            ),
            field="file",
        )


class NotJoined(ParcelProblem):
    """This computer has no certificate of the file's school."""

    code = "not_joined"

    def __init__(self) -> None:
        super().__init__(
            _("This file is of a school that this computer has not joined. Ask to join the school first."),
            field="file",
        )


class WrongSignature(ParcelProblem):
    """The file was not signed by a computer of the school."""

    code = "wrong_signature"

    def __init__(self) -> None:
        super().__init__(
            _("This file was not saved by a computer of this school, so nothing of it was brought in."), field="file"
        )


class OwnParcel(ParcelProblem):
    """This computer wrote the file, or one whose database is a copy of this one's."""

    code = "own_parcel"

    def __init__(self) -> None:
        super().__init__(
            _("This file was saved by this computer itself, or by one with a copy of its database."), field="file"
        )


class BaseNotHeld(ParcelProblem):
    """The file holds only what is new since something that this computer does not have."""

    code = "base_not_held"

    def __init__(self) -> None:
        super().__init__(
            _(
                "This file holds only the newest changes, and this computer does not have what came before them. "
                "Save everything to the stick, for any computer of the school."
            ),
            field="file",
        )


class ChangedSinceLooked(ParcelProblem):
    """The file is not the one that was looked at."""

    code = "other_file"

    def __init__(self) -> None:
        super().__init__(_("The file is not the one that you looked at. Look at it again."), field="file")


class NoSuchRequest(ParcelProblem):
    """The answer to a request to join was made for another computer."""

    code = "no_such_request"

    def __init__(self) -> None:
        super().__init__(
            _("This answer was made for another computer. Ask again on this computer, and bring that to the school."),
            field="file",
        )
