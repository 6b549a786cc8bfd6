"""`register_task`: how a class or a function becomes work for the background."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from typing import Generic
from typing import ParamSpec
from typing import TypeVar
from typing import overload

from django.core.exceptions import ImproperlyConfigured

from kolibri.core.tasks import registry
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.job import Order

P = ParamSpec("P")
R = TypeVar("R")
J = TypeVar("J", bound=Job)

_current: ContextVar[Job] = ContextVar("current_job")


class FunctionTask(Generic[P, R]):
    """A function that can be queued; calling it runs it here and now."""

    def __init__(self, function: Callable[P, R], task: type[Job]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self.task = task
        self.task_name = task.task_name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._function(*args, **kwargs)

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> Job:
        """As `Job.enqueue`."""
        return Order[P](self.task).enqueue(*args, **kwargs)

    def enqueue_in(self, delay: datetime.timedelta, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """As `Job.enqueue_in`."""
        return Order[P](self.task).enqueue_in(delay, *args, **kwargs)

    def enqueue_at(self, moment: datetime.datetime, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """As `Job.enqueue_at`."""
        return Order[P](self.task).enqueue_at(moment, *args, **kwargs)

    def options(self, **options: Any) -> Order[P]:
        """As `Job.options`."""
        return Order[P](self.task, **options)


@overload
def register_task(task: type[J], /) -> type[J]: ...  # type: ignore[overload-overlap]
@overload
def register_task(task: Callable[P, R], /) -> FunctionTask[P, R]: ...
@overload
def register_task(
    *,
    name: str = "",
    priority: int | None = None,
    resumable: bool | None = None,
    max_attempts: int | None = None,
    retries: int | None = None,
    retry_in: datetime.timedelta | None = None,
) -> Register: ...
def register_task(task: Any = None, /, **options: Any) -> Any:
    """Make a child of `Job` with a `run`, or a plain function, known as a task; bare or with options.

    `name` is the module's and the class's unless given; the rest are defaults for `Job.options` and
    the policy for a job whose program ended in the middle (`resumable`, at most `max_attempts` times).
    Raises ImproperlyConfigured, and so stops the start, for a task that could never run.
    """
    register = Register(**options)
    return register if task is None else register(task)


class Register:
    """The decorator with its options."""

    def __init__(self, *, name: str = "", retry_in: datetime.timedelta | None = None, **defaults: Any) -> None:
        allowed = {"priority", "resumable", "max_attempts", "retries"}
        if unknown := set(defaults) - allowed:
            raise ImproperlyConfigured(
                f"register_task does not know {', '.join(sorted(unknown))}; "
                f"it knows name, retry_in, {', '.join(sorted(allowed))}."
            )
        self._name = name
        self._defaults = {**defaults, "retry_after": retry_in}

    @overload
    def __call__(self, task: type[J], /) -> type[J]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, task: Callable[P, R], /) -> FunctionTask[P, R]: ...
    def __call__(self, task: Any, /) -> Any:
        name = self._name or f"{task.__module__}.{task.__qualname__}"
        if not isinstance(task, type):
            made = _class_of(task)
            self._add(name, made, registry.check_run(name, task))
            return FunctionTask(task, made)
        if not issubclass(task, Job):
            raise ImproperlyConfigured(f"The task {name!r} must be a child of kolibri.core.tasks.job.Job.")
        signature = registry.check_run(name, getattr(task, "run", None))
        parameters = list(signature.parameters.values())
        if not parameters:
            raise ImproperlyConfigured(f"`run` of the task {name!r} must take self.")
        self._add(name, task, signature.replace(parameters=parameters[1:]))
        return task

    def _add(self, name: str, task: type[Job], signature: Any) -> None:
        registry.add(name, task)
        task.task_name = name
        task.signature = signature
        for option, value in self._defaults.items():
            if value is not None:
                setattr(task, option, value)


def current_job() -> Job:
    """Return the job that the running function belongs to; raises LookupError outside of one."""
    return _current.get()


def _class_of(function: Callable[..., Any]) -> type[Job]:
    def run(self: Job, **arguments: Any) -> Any:
        token = _current.set(self)
        try:
            return function(**arguments)
        finally:
            _current.reset(token)

    return type(function.__name__, (Job,), {"run": run, "__module__": function.__module__, "__doc__": function.__doc__})
