"""What a file of changes costs: a thousand records, and two hundred thousand. `-s` shows the seconds."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

import pytest

from tests.core.sync.parcel.conftest import Three

MB = 1024 * 1024
# So few in each run of the checks; 200,000 take a quarter of an hour: KOLIBRI_RECORDS=200000 pytest -s ...
RECORDS: Final = int(os.environ.get("KOLIBRI_RECORDS", "30000"))
MOST: Final = 200 * MB


def test_a_thousand_records(three: Three) -> None:
    three.beta.admit(dataset=three.dataset, count=500)
    began = time.perf_counter()
    made = three.beta.write(stick=str(three.stick), dataset=three.dataset)
    written = time.perf_counter() - began
    assert 1_000 <= made["records"] < 1_050
    assert made["size"] <= 150_000
    began = time.perf_counter()
    digest = three.alpha.look(path=made["path"])["digest"]
    looked = time.perf_counter() - began
    began = time.perf_counter()
    three.alpha.take(path=made["path"], digest=digest)
    taken = time.perf_counter() - began
    print(f"{made['records']} records, {made['size']} bytes: {written:.2f} s, {looked:.2f} s, {taken:.2f} s")
    assert three.alpha.rows() == three.beta.rows()


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory so far is read from /proc")
@pytest.mark.timeout(max(600, RECORDS // 50))
@pytest.mark.parametrize("is_network", [False, True], ids=["by stick", "by network"])
def test_memory_does_not_grow_with_the_records(three: Three, is_network: bool) -> None:
    """A computer's own logs, never serialized before: serialized, sent, taken in and made into rows."""
    assert three.alpha.learn(count=RECORDS) == RECORDS
    began = time.perf_counter()
    if is_network:
        assert three.beta.sync(address=three.alpha.serve(), dataset=three.dataset)["fetched"] >= RECORDS
    else:
        made = three.alpha.write(stick=str(three.stick), dataset=three.dataset)
        assert made["records"] > RECORDS
        digest = three.beta.look(path=made["path"])["digest"]
        assert three.beta.take(path=made["path"], digest=digest)["new"] >= RECORDS
    peaks = [one.peak() for one in (three.alpha, three.beta)]
    print(
        f"{peaks[0] // MB} MB where they were, {peaks[1] // MB} MB where they came, {time.perf_counter() - began:.0f} s"
    )
    assert three.beta.learnt() == RECORDS
    assert max(peaks) <= MOST
    assert three.beta.status() | {"store": 0} == {"store": 0, "buffers": 0, "waiting": 0}
