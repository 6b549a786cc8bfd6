"""Sign files for Windows, where there is a certificate to sign with; without one nothing is done.

python tools/windows/sign.py FILE ...

WINDOWS_CERTIFICATE           the certificate and its key: a .p12 file in base64
WINDOWS_CERTIFICATE_PASSWORD  its word
WINDOWS_TIMESTAMP             the address of a server that says when it was signed (RFC 3161); without it
                              a signature holds only as long as the certificate does

Needs nothing but Python and osslsigncode: NSIS calls it for the uninstaller, which exists only while it packs.
"""

from __future__ import annotations

import base64
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

CERTIFICATE = "WINDOWS_CERTIFICATE"
PASSWORD = "WINDOWS_CERTIFICATE_PASSWORD"
TIMESTAMP = "WINDOWS_TIMESTAMP"
TITLE = "Kolibri Desktop"


def is_asked() -> bool:
    """Whether there is a certificate."""
    return bool(os.environ.get(CERTIFICATE))


def sign(file: Path) -> None:
    """Sign a file in its place; as it was where there is no certificate. Raises SystemExit with what went wrong."""
    if not is_asked():
        return
    # Beside the file, so that a rename is enough; the key is readable to nobody else, and no word is on a command line.
    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        folder = Path(name)
        try:
            (folder / "certificate.p12").write_bytes(base64.b64decode(os.environ[CERTIFICATE], validate=False))
        except ValueError:
            raise SystemExit(f"{CERTIFICATE} is not a .p12 file in base64") from None
        (folder / "word").write_text(os.environ.get(PASSWORD, ""), "utf-8")
        key = ("-pkcs12", folder / "certificate.p12", "-readpass", folder / "word")
        when = ("-ts", os.environ[TIMESTAMP]) if os.environ.get(TIMESTAMP) else ()
        words = ("-h", "sha256", "-n", TITLE, *when, "-in", file, "-out", folder / file.name)
        try:
            ended = subprocess.run(["osslsigncode", "sign", *key, *words], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise SystemExit("osslsigncode is missing: apt-get install osslsigncode") from None
        if ended.returncode:
            raise SystemExit(f"{file.name} could not be signed:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
        (folder / file.name).replace(file)


def command() -> str:
    """Return the shell's command that signs the file whose name comes after it."""
    return shlex.join([sys.executable, str(Path(__file__).resolve())])


if __name__ == "__main__":
    for given in sys.argv[1:]:
        sign(Path(given).absolute())
