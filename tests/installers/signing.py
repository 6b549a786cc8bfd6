"""A certificate that nobody trusts, to sign with in tests, and what tells whether a file bears it."""

from __future__ import annotations

import base64
import datetime
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tools.windows import sign

SIGNER = "A school's own certificate"


def certificate(folder: Path, word: str = "a word; with $signs") -> tuple[dict[str, str], Path]:
    """Make one. Returns the environment that signing reads, and the file of the authority that vouches for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, SIGNER)])
    now = datetime.datetime.now(datetime.UTC)
    purpose = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CODE_SIGNING])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(purpose, critical=False)
        .sign(key, hashes.SHA256())
    )
    sealed = serialization.BestAvailableEncryption(word.encode())
    packed = pkcs12.serialize_key_and_certificates(b"school", key, made, None, sealed)
    authority = folder / "authority.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return {sign.CERTIFICATE: base64.b64encode(packed).decode("ascii"), sign.PASSWORD: word}, authority


def is_signed(file: Path, authority: Path) -> bool:
    """Whether the file is as the certificate's owner signed it."""
    command = ["osslsigncode", "verify", "-ignore-cdp", "-ignore-crl", "-CAfile", authority, "-in", file]
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return said.returncode == 0 and SIGNER in said.stdout
