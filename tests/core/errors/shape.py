"""The one shape of an error, as every test of this folder asks for it."""

from __future__ import annotations

import json
from typing import Any


def problems(content_type: str, body: bytes) -> list[dict[str, str]]:
    """Return the errors of an answer, after seeing that it has the shape and nothing else."""
    assert content_type == "application/json", (content_type, body[:200])
    told = json.loads(body)
    assert list(told) == ["errors"] and told["errors"]
    for one in told["errors"]:
        assert sorted(one) == ["code", "field", "message"]
        assert all(isinstance(value, str) for value in one.values())
        assert one["code"] and one["message"]
        for leak in ("Traceback", "File ", ".py", "kolibri/", "SELECT", "Error("):
            assert leak not in one["message"]
    return told["errors"]


def problem(answer: Any) -> tuple[int, str, str]:
    """Return status, code and field of the one error that a test client's answer tells."""
    (one,) = problems(answer.headers.get("Content-Type", ""), answer.content)
    return answer.status_code, one["code"], one["field"]
