"""The tasks that this program knows, by name. Holds no rows and needs no database."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Protocol

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured


class Registered(Protocol):
    """What the registry keeps: a class whose instances can `run`."""

    @property
    def task_name(self) -> str: ...


_tasks: dict[str, Any] = {}


def add(name: str, task: Registered) -> None:
    """Keep `task` under `name`; raises ImproperlyConfigured when another task has that name."""
    if name in _tasks:
        raise ImproperlyConfigured(f"Two tasks are named {name!r}. Give one of them a name of its own.")
    _tasks[name] = task


def get(name: str) -> Any | None:
    """Return the class registered under `name`, or None."""
    return _tasks.get(name)


def has(task: Registered) -> bool:
    """Return whether this very class is registered; a child of a registered one is not by itself."""
    return _tasks.get(task.task_name) is task


def names() -> Iterator[str]:
    """Yield the names of all tasks, sorted."""
    yield from sorted(_tasks)


def check_run(name: str, run: Callable[..., Any] | None) -> inspect.Signature:
    """Return the signature of `run` as arguments are bound to it (without self).

    Raises ImproperlyConfigured for a run that is missing, is a coroutine, or takes arguments that
    cannot be kept by name.
    """
    if run is None or not callable(run):
        raise ImproperlyConfigured(f"The task {name!r} has no method `run`.")
    if inspect.iscoroutinefunction(run):
        raise ImproperlyConfigured(f"The task {name!r} is a coroutine; workers run plain functions.")
    signature = inspect.signature(run)
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise ImproperlyConfigured(
                f"The task {name!r} takes {str(parameter)!r}; every argument of a task needs a name, "
                "because arguments are kept by name in the job's row."
            )
    return signature


def autodiscover() -> None:
    """Import `tasks` of every installed app. An error in there is an error here."""
    for app in apps.get_app_configs():
        module = f"{app.name}.tasks"
        if importlib.util.find_spec(module) is not None:
            importlib.import_module(module)
