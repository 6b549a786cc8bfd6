"""huey as it is used here: a queue by priority and a few threads.

What is in the queue can always be made again from the rows.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from typing import Any

from huey import Huey
from huey.consumer import BaseProcess
from huey.consumer import Consumer
from huey.storage import MemoryStorage


class PatientStorage(MemoryStorage):  # type: ignore[misc]
    """A queue in memory whose readers sleep until there is something, instead of looking again and again."""

    blocking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._news = threading.Condition(self._lock)
        self._closed = False

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        """Add a message; the higher priority goes first, then the earlier one."""
        with self._news:
            super().enqueue(data, priority)
            self._news.notify()

    def dequeue(self) -> bytes | None:
        """Return the next message; waits for one. None means that the queue is closed."""
        with self._news:
            self._news.wait_for(lambda: self._queue or self._closed)
            return None if self._closed else heapq.heappop(self._queue)[2]

    def shut(self) -> None:
        """Let every reader go; nothing comes out any more."""
        with self._news:
            self._closed = True
            self._news.notify_all()


class Executor(Consumer):  # type: ignore[misc]
    """The threads: workers that call `execute(job_id)`, and one that calls `tend()` when it is time.

    `tend` returns the seconds until it wants to be called again; `leave` is called at each thread's end.
    """

    def __init__(
        self, execute: Callable[[str], None], tend: Callable[[], float], leave: Callable[[], None], workers: int
    ) -> None:
        self._queue = Huey("jobs", results=False, storage_class=PatientStorage)
        self._queue.on_shutdown("leave")(leave)
        self._message = self._queue.task(name="job")(execute)
        self._tend = tend
        self._leave = leave
        self._wake = threading.Event()
        super().__init__(self._queue, workers=workers, periodic=False, check_worker_health=False)

    def add(self, job_id: str, priority: int) -> None:
        """Have a worker call `execute(job_id)` in its turn."""
        self._queue.enqueue(self._message.s(job_id, priority=priority))

    def wake(self) -> None:
        """Have `tend` called now."""
        self._wake.set()

    def shut(self, timeout: float) -> bool:
        """End the threads; returns whether all had ended within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        self.stop_flag.set()
        self._queue.storage.shut()
        self._wake.set()
        threads = [thread for _worker, thread in self.worker_threads] + [self.scheduler]
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in threads)

    def _create_scheduler(self) -> BaseProcess:
        return _Tending(self.huey, self.stop_flag, self._tend, self._wake, self._leave)

    def _create_process(self, process: BaseProcess, name: str) -> threading.Thread:
        thread: threading.Thread = super()._create_process(process, f"jobs-{name}")
        return thread

    def _set_signal_handlers(self) -> None:
        """Leave the signals to the program: they are its own, and only the main thread may set them."""


class _Tending(BaseProcess):  # type: ignore[misc]
    """Stands in for huey's scheduler, whose schedule is a copy in memory; ours is in the rows."""

    process_name = "Scheduler"

    def __init__(
        self,
        huey: Huey,
        stop_flag: threading.Event,
        tend: Callable[[], float],
        wake: threading.Event,
        leave: Callable[[], None],
    ) -> None:
        super().__init__(huey, stop_flag)
        self._tend = tend
        self._wake = wake
        self._leave = leave

    def loop(self, now: Any = None) -> None:
        self._wake.clear()
        self._wake.wait(self._tend())

    def shutdown(self) -> None:
        self._leave()
