"""A peer that speaks the protocol by hand, so that it can also speak it wrongly; and a real one, with a school."""

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest
from django.test import Client
from morango.api.serializers import CertificateSerializer
from morango.models import Certificate
from morango.models.fields.crypto import Key

from kolibri.core.sync.network.models import SyncDoor
from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD
from tests.schools import School

API = "/api/morango/v1/"
CLASS = {
    "kolibri.listener": "class",
    "HTTP_X_MORANGO_CAPABILITIES": "ASYNC_OPERATIONS GZIP_BUFFER_POST FSIC_V2_FORMAT",
}


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@dataclass
class Peer:
    """Another computer, whose admin has a certificate once `certify` has gone through."""

    school: School
    client: Client = field(default_factory=Client)
    key: Key = field(default_factory=Key)
    chain: list[dict[str, str]] = field(default_factory=list)
    instance: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def dataset(self) -> str:
        return self.school.facility.dataset_id

    def get(self, path: str, **data: Any) -> Any:
        return self.client.get(f"/api/{path}", data, **CLASS)

    def post(self, path: str, data: Any, **extra: Any) -> Any:
        return self.client.post(API + path, json.dumps(data), content_type="application/json", **{**CLASS, **extra})

    def patch(self, path: str, data: Any) -> Any:
        return self.client.patch(API + path, json.dumps(data), content_type="application/json", **CLASS)

    def request(self, **changes: Any) -> dict[str, Any]:
        return {
            "parent": self.dataset,
            "profile": "facilitydata",
            "scope_definition": "full-facility",
            "scope_version": 1,
            "scope_params": json.dumps({"dataset_id": self.dataset}),
            "public_key": self.key.get_public_key_string(),
            **changes,
        }

    def certify(self, name: str = "head", password: str = PASSWORD, **changes: Any) -> Any:
        userid = f"username={name}&facility={self.school.facility.pk}"
        answer = self.post("certificates/", self.request(**changes), **basic(userid, password))
        if answer.status_code == 201:
            own = answer.json()
            root = Certificate.objects.get(pk=self.dataset)
            self.chain = [CertificateSerializer(root).data, own]
        return answer

    def session(self, **changes: Any) -> Any:
        nonce = self.post("nonces/", {}).json()["id"]
        pk = changes.pop("id", uuid.uuid4().hex)
        data = {
            "id": pk,
            "server_certificate_id": self.dataset,
            "client_certificate_id": self.chain[-1]["id"],
            "profile": "facilitydata",
            "certificate_chain": json.dumps(self.chain),
            "connection_path": "http://127.0.0.1/",
            "instance": json.dumps({"id": self.instance}),
            "nonce": nonce,
            "client_ip": "127.0.0.1",
            "server_ip": "127.0.0.1",
            "signature": self.key.sign(f"{nonce}:{pk}"),
            **changes,
        }
        answer = self.post("syncsessions/", data)
        answer.pk, answer.nonce = pk, nonce
        return answer

    def transfer(self, session: str, *, push: bool, **changes: Any) -> Any:
        data = {
            "id": uuid.uuid4().hex,
            "filter": self.dataset,
            "push": push,
            "sync_session_id": session,
            "client_fsic": "{}",
            **changes,
        }
        answer = self.post("transfersessions/", data)
        answer.pk = data["id"]
        return answer


@pytest.fixture
def open_door(db: None) -> None:
    SyncDoor.set_open(True)


@pytest.fixture
def peer(school: School, open_door: None) -> Peer:
    return Peer(school)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with a school and a home of its own, which runs."""
    made = Office(tmp_path_factory.mktemp("office"))
    made.start()
    yield made
    made.stop()
