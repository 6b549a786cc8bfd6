"""A district on this computer: PostgreSQL's database, Redis, processes of the program, nginx in front of them."""

from __future__ import annotations

import datetime
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass
from dataclasses import field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import until
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment

SCHOOL = "kolibri.district.example"
CONTENT = "content.district.example"
PASSWORD = "chalk-and-slate"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class District:
    """What was started. `stop` ends it all, the last first."""

    folder: Path
    database_url: str
    scheme: str = "https"
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def environment(self, process: str = "") -> dict[str, str]:
        """Return what /etc/kolibri/environment says, and systemd for one process."""
        found = plain_environment() | {
            "KOLIBRI_HOME": str(self.home),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"unix://{self.folder}/redis.sock?db=0",
            "KOLIBRI_ORIGINS": f"{self.scheme}://{SCHOOL}",
            "KOLIBRI_CONTENT_ORIGIN": f"{self.scheme}://{CONTENT}",
        }
        found.pop("DJANGO_SETTINGS_MODULE", None)
        if process:
            found |= {"KOLIBRI_PROCESS": process, "KOLIBRI_LISTEN": f"127.0.0.1:{self.ports[process]}"}
        return found

    def start_redis(self) -> None:
        redis = shutil.which("redis-server")
        assert redis, "redis-server is missing; `make test-postgres` installs it"
        self.others.append(
            subprocess.Popen(
                [redis, "--port", "0", "--unixsocket", self.folder / "redis.sock", "--save", "", "--dir", self.folder],
                stdout=subprocess.DEVNULL,
            )
        )
        until((self.folder / "redis.sock").exists, "Redis")

    def start(self, *names: str) -> None:
        """Start processes of these names at once, and wait until all answer."""
        for name in names:
            self.ports.setdefault(name, free_port())
            with (self.folder / f"errors-{name}").open("w") as errors:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "kolibri", "start", "--foreground"],
                    cwd=ROOT,
                    env=self.environment(name),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    text=True,
                )
        for name in names:
            until(lambda name=name: self._is_up(name), "the processes", seconds=120)

    def _is_up(self, name: str) -> bool:
        ended = self.processes[name].poll()
        assert ended is None, (self.folder / f"errors-{name}").read_text()
        return answers(self.ports[name])

    def command(self, *words: str, process: str = "") -> subprocess.CompletedProcess[str]:
        """Run `kolibri WORDS` as the administrator would."""
        return subprocess.run(
            [sys.executable, "-m", "kolibri", *words],
            cwd=ROOT,
            env=self.environment(process),
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, code: str, **values: Any) -> Any:
        """Run Python in a process of its own on the district's database; `answer` is what comes back."""
        before = "import django, json, sys; django.setup(); given = json.loads(sys.argv[1]); answer = None\n"
        after = "\nprint(json.dumps(answer))"
        ran = subprocess.run(
            [sys.executable, "-c", before + code + after, json.dumps(values)],
            cwd=ROOT,
            env=self.environment() | {"DJANGO_SETTINGS_MODULE": "kolibri.settings.server"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.splitlines()[-1])

    def start_nginx(self) -> None:
        """Start nginx as docs/district.md says, on one free port."""
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
        assert nginx, "nginx is missing; `make test-postgres` installs it"
        self.port = free_port()
        make_certificate(self.folder)
        text = (ROOT / "docs" / "district.md").read_text("utf-8")
        found = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
        assert found
        site = found[1]
        servers = "\n".join(f"    server 127.0.0.1:{port};" for port in self.ports.values())
        for said, here in {
            "    server 127.0.0.1:8101;\n    server 127.0.0.1:8102;": servers,
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "/etc/ssl/kolibri": str(self.folder / "kolibri"),
            "/srv/kolibri/home/": f"{self.home}/",
        }.items():
            assert said in site, said
            site = site.replace(said, here)
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in TEMPORARY)
        (self.folder / "nginx.conf").write_text(
            f"daemon off; pid {self.folder}/nginx.pid; worker_processes 1; error_log {self.folder}/nginx.log;\n"
            # The files are in a folder of the tests' own user.
            + ("user root;\n" if os.geteuid() == 0 else "")
            + "events { worker_connections 1024; }\n"
            + f"http {{ access_log off; {temporary} {site} }}\n"
        )
        started = subprocess.Popen(
            [nginx, "-p", self.folder, "-e", self.folder / "nginx.log", "-c", self.folder / "nginx.conf"],
            stdin=subprocess.DEVNULL,
        )
        self.others.append(started)
        until(lambda: answers(self.port) or started.poll() is not None, "nginx")
        assert started.poll() is None, (self.folder / "nginx.log").read_text()

    def stop_nginx(self) -> None:
        """End what `start_nginx` started, if it was the last."""
        nginx = self.others.pop()
        nginx.terminate()
        nginx.wait(15)

    def stop(self) -> None:
        for process in [*self.processes.values(), *reversed(self.others)]:
            process.terminate()
        for process in [*self.processes.values(), *reversed(self.others)]:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def make_certificate(folder: Path) -> None:
    """Write kolibri.pem and kolibri.key for the two names, as a district gets them from elsewhere."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SCHOOL)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SCHOOL), x509.DNSName(CONTENT)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "kolibri.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "kolibri.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """One person's browser: cookies, the token of the last page, and an address that may be any process's."""

    def __init__(self, port: int, *, name: str = SCHOOL, certificate: Path | None = None) -> None:
        """`certificate` is whom to trust on https; without it plain http is spoken, as nginx does behind."""
        self.port = port
        self.name = name
        self.cookies: dict[str, str] = {}
        self.token = ""
        self._context = ssl.create_default_context(cafile=str(certificate)) if certificate else None

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection, which is opened with its first request."""
        return _Named(self.name, self.port, self._context)

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = self.connection()
        sent = {"Host": self.name, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            found = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, b"")
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    for key, morsel in SimpleCookie(value).items():
                        self.cookies[key] = morsel.value
                    found.cookies.append(value)
            found.body = response.read()
        finally:
            connection.close()
        if token := re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', found.body):
            self.token = token[1].decode()
        return found

    def post(self, path: str, data: dict[str, Any], *, origin: str | None = None, token: str | None = None) -> Answer:
        """Send a form as the last page's; `origin` and `token` are given to lie about them."""
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": origin or f"https://{self.name}",
            "X-Requested-With": "test",
        }
        form = {"csrfmiddlewaretoken": self.token if token is None else token, **data}
        return self.ask(path, method="POST", body=urlencode(form, doseq=True, quote_via=quote).encode(), headers=sent)

    def sign_in(self, username: str, password: str, school: str = "") -> Answer:
        self.ask("/sign-in/")
        return self.post("/sign-in/", {"username": username, "password": password, "school": school})


class _Named(http.client.HTTPConnection):
    """A connection to this computer that asks for a name, as if the name led here."""

    def __init__(self, name: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__("127.0.0.1", port, timeout=60)
        self._name, self._context = name, context

    def connect(self) -> None:
        super().connect()
        if self._context:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self._name)
