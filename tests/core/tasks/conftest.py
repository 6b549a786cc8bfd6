from collections.abc import Callable
from collections.abc import Iterator

import pytest

from kolibri.core.tasks.engine import Engine
from tests.core.tasks import work
from tests.patience import PATIENCE


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
        assert engine.stop(timeout=PATIENCE)
