"""Threads that answer requests: made when there is work, never more than a fixed number, quickly stopped."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger(__name__)


class Work(Protocol):
    """A connection with a whole request waiting on it."""

    def answer(self) -> None: ...

    def cut(self) -> None: ...

    def close(self) -> None: ...


class Workers:
    """A pool of at most `most` daemon threads.

    cheroot's own pool starts all its threads at once and waits without end for those that
    hang in a view; here an unused listener costs nothing and a stop keeps its deadline.
    `on_exit` runs in each thread as it ends (to close that thread's database connections).
    """

    def __init__(self, name: str, most: int, on_exit: Callable[[], None] | None = None) -> None:
        self.most = most
        self._name = name
        self._on_exit = on_exit
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._current: dict[int, Work] = {}
        self._stopped = False

    def put(self, work: Work) -> None:
        """Have `work` answered by the next free thread; after `stop` it is closed."""
        with self._lock:
            if self._stopped:
                work.close()
                return
            if self._idle > self._queue.qsize() or len(self._threads) >= self.most:
                self._queue.put(work)
                return
            self._queue.put(work)
            thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            self._idle += 1
        thread.start()

    def stop(self, seconds: float) -> bool:
        """End all threads, cutting off what is still being answered half way through. True: all have ended."""
        with self._lock:
            self._stopped = True
            threads = [thread for thread in self._threads if thread is not threading.current_thread()]
        for _thread in threads:
            self._queue.put(None)
        end = time.monotonic() + seconds
        self._join(threads, end - seconds / 2)
        for work in list(self._current.values()):
            work.cut()
        self._join(threads, end)
        left = [thread.name for thread in threads if thread.is_alive()]
        if left:
            logger.warning("Left behind at the stop, still at work: %s", ", ".join(left))
        return not left

    @staticmethod
    def _join(threads: list[threading.Thread], end: float) -> None:
        for thread in threads:
            # A thread that was made a moment ago may not run yet; it finds the stop in the queue.
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        me = threading.get_ident()
        try:
            while True:
                work = self._queue.get()
                with self._lock:
                    self._idle -= 1
                    if work is not None:
                        self._current[me] = work
                if work is None or self._stopped:
                    if work is not None:
                        work.close()
                    break
                try:
                    work.answer()
                except Exception:
                    logger.exception("A connection failed in a way that nothing else caught.")
                    work.close()
                finally:
                    with self._lock:
                        self._current.pop(me, None)
                        self._idle += 1
        finally:
            self._current.pop(me, None)
            if self._on_exit:
                self._on_exit()
