"""What keeps two computers from syncing, each in a sentence that says what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kolibri.errors import KolibriError


class SyncProblem(KolibriError):
    """The sync did not go through (409). Nothing that was here or there before is lost."""

    status = 409
    code = "no_sync"


class NotReached(SyncProblem):
    """Nothing answers at the address, or nothing that syncs."""

    code = "not_reached"

    def __init__(self, address: str) -> None:
        super().__init__(
            _(
                "No computer that syncs answers at %(address)s. Is it switched on, in the same network, and does it "
                "let other computers sync with it?"
            )
            % {"address": address},
            field="address",
        )


class ConnectionLost(SyncProblem):
    """The connection was lost in the middle; the next sync goes on from there."""

    code = "connection_lost"

    def __init__(self) -> None:
        super().__init__(_("The connection was lost. What arrived is kept, and the next sync goes on from there."))


class OtherSchool(SyncProblem):
    """The other computer does not have this school."""

    code = "other_school"

    def __init__(self) -> None:
        super().__init__(_("The other computer does not have this school."), field="address")


class SameComputer(SyncProblem):
    """The peer is this very computer, or has a copy of its database."""

    code = "same_computer"

    def __init__(self) -> None:
        super().__init__(
            _(
                "The other computer says that it is this one: it is, or its database is a copy. "
                "Two such computers would lose each other's work, so they do not sync."
            ),
            field="address",
        )


class NeedsPassword(SyncProblem):
    """This computer has no certificate of the school yet: an admin of it has to sign in once."""

    code = "needs_password"

    def __init__(self) -> None:
        super().__init__(
            _("To join this school's computers, type the name and password of one of its admins, once."),
            field="username",
        )


class WrongPassword(SyncProblem):
    """The other computer does not take the name and password, or not from this person."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__(
            _("The other computer does not take this name and password. They must be those of an admin there."),
            field="password",
        )


class PeerRefused(SyncProblem):
    """The other computer refused, in words of its own or without."""

    code = "peer_refused"

    def __init__(self) -> None:
        super().__init__(_("The other computer refused to sync. Ask who looks after it."))


class PeerFailed(SyncProblem):
    """The other computer could not do its part, or answered what does not fit."""

    code = "peer_failed"

    def __init__(self) -> None:
        super().__init__(_("The other computer could not do its part. Try again; if it goes on, restart it."))


class Forgotten(PeerFailed):
    """The other computer does not know of the sync any more; to be begun anew.

    As after a restart in the middle, or when it has just found out that it counted twice (`counting`).
    """


class PeerFull(SyncProblem):
    """The other computer's disk is full; what arrived there whole is kept, and nothing is lost."""

    code = "peer_full"

    def __init__(self) -> None:
        super().__init__(_("The other computer's disk is full. Make room on it and sync again: nothing is lost."))


class TooBusy(SyncProblem):
    """This computer's database could not be written to, by something else than a full disk."""

    code = "busy_here"

    def __init__(self) -> None:
        super().__init__(_("This computer was busy with something else for too long. Sync again: nothing is lost."))


class NoRoom(SyncProblem):
    """This computer's disk is full; the next sync begins anew, and nothing is lost."""

    code = "no_room"

    def __init__(self) -> None:
        super().__init__(_("This computer's disk is full. Make room on it and sync again: nothing is lost."))
