"""`kolibri manage joinbystick ask STICK | sign FILE | join FILE`: a new computer joins a school without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.management.base import CommandError
from django.core.management.base import CommandParser

from kolibri.core.sync.parcel import joining
from kolibri.core.sync.parcel.management.commands.savechanges import dataset_of
from kolibri.errors import KolibriError


class Command(BaseCommand):
    help = (
        "Join a school by stick: `ask` on the new computer, `sign` on one of the school's, `join` on the new one. "
        "`sign` and `join` first show a fingerprint: compare it with the other computer's and give it as --fingerprint."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["ask", "sign", "join"])
        parser.add_argument("place", type=Path, help="the stick (ask), or the file on it (sign, join)")
        parser.add_argument("--fingerprint", default="", help="as the other computer shows it")
        parser.add_argument("--school", default="", help="sign: its name or id, where this computer has several")

    def handle(self, *args: Any, step: str, place: Path, **options: Any) -> None:
        fingerprint = " ".join(options["fingerprint"].split())
        try:
            if step == "ask":
                path, shown = joining.ask(place.absolute())
                self.stdout.write(f"{path}\nfingerprint {shown}")
            elif step == "sign":
                request = joining.look_at_request(place)
                self.stdout.write(f"{request.computer} asks to join, fingerprint {request.fingerprint}")
                if fingerprint:
                    made = joining.sign(place.absolute(), dataset_of(options["school"]), fingerprint)
                    self.stdout.write(f"It may join: {made}")
            else:
                answer = joining.look_at_answer(place)
                self.stdout.write(f"{answer.school} answers, fingerprint {answer.fingerprint}")
                if fingerprint:
                    joining.join(place, fingerprint)
                    self.stdout.write("Joined. Now bring in its changes.")
        except KolibriError as error:
            raise CommandError(str(error)) from error
