import time
from collections.abc import Callable
from collections.abc import Iterator

import pytest

from kolibri.core.tasks.engine import Engine
from tests.core.tasks import work


@pytest.fixture(autouse=True)
def fresh_work() -> Iterator[None]:
    work.reset()
    yield
    work.release.set()


@pytest.fixture
def start_engine(transactional_db: None) -> Iterator[Callable[..., Engine]]:
    """Start an engine with real threads on the test's database; stopped at the test's end."""
    engines: list[Engine] = []

    def start(threads: int = 2) -> Engine:
        engine = Engine(threads)
        engine.start()
        engines.append(engine)
        return engine

    yield start
    work.release.set()
    for engine in engines:
        assert engine.stop(timeout=10)


def wait_until(claim: Callable[[], object], seconds: float = 15) -> None:
    """Wait until the claim is true; it takes far longer only when it never will be."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
