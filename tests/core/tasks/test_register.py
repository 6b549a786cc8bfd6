"""A task that could never run stops the start."""

import types

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from kolibri.core.tasks import registry
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job
from tests.core.tasks import work


@pytest.mark.acceptance("M1")
def test_bare_and_called_forms_register():
    for task in (work.ImportChannelTask, work.Remember):
        assert registry.get(task.task_name) is task
    assert work.ImportChannelTask.task_name == "tests.core.tasks.work.ImportChannelTask"
    assert work.PatientAgain.task_name == "tests.patient_again"
    assert "tests.core.tasks.work.add" in list(registry.names())


@pytest.mark.acceptance("M1", "R8")
def test_function_still_is_a_function():
    assert work.add(0, second=2) == 2
    assert work.add.__name__ == "add"


def test_options_become_defaults_of_the_class_alone():
    assert work.PatientAgain.resumable
    assert not work.PatientOnce.resumable
    assert work.Remember.priority == 5
    assert Job.priority == 0


@pytest.mark.acceptance("M8")
def test_class_without_run_is_refused():
    with pytest.raises(ImproperlyConfigured, match="no method `run`"):

        @register_task
        class Nothing(Job):
            pass


@pytest.mark.acceptance("M8")
@pytest.mark.parametrize(
    "run", [lambda self, *args: None, lambda self, **kwargs: None, lambda self, word, /: None], ids=["*", "**", "/"]
)
def test_arguments_without_names_are_refused(run):
    with pytest.raises(ImproperlyConfigured, match="needs a name"):
        register_task(type("Nameless", (Job,), {"run": run, "__module__": __name__}))


def test_coroutine_is_refused():
    async def work_later():
        pass

    with pytest.raises(ImproperlyConfigured, match="coroutine"):
        register_task(work_later)


def test_class_that_is_no_job_is_refused():
    with pytest.raises(ImproperlyConfigured, match="must be a child of"):

        @register_task
        class Stranger:
            def run(self):
                pass


def test_run_without_self_is_refused():
    with pytest.raises(ImproperlyConfigured, match="must take self"):
        register_task(type("Selfless", (Job,), {"run": lambda: None, "__module__": __name__}))


@pytest.mark.acceptance("M8")
def test_second_task_of_one_name_is_refused():
    with pytest.raises(ImproperlyConfigured, match="Two tasks are named 'tests.patient_once'"):

        @register_task(name="tests.patient_once")
        class Double(Job):
            def run(self):
                pass


def test_unknown_option_is_refused():
    with pytest.raises(ImproperlyConfigured, match="does not know retires"):
        register_task(retires=3)


@pytest.mark.acceptance("M8")
def test_import_error_in_a_tasks_module_is_an_error_at_the_start(monkeypatch, tmp_path):
    package = tmp_path / "broken_app"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "tasks.py").write_text("import a_module_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(apps, "get_app_configs", lambda: [types.SimpleNamespace(name="broken_app")])
    with pytest.raises(ModuleNotFoundError, match="a_module_that_nobody_has"):
        registry.autodiscover()


def test_app_without_tasks_is_no_error(monkeypatch):
    monkeypatch.setattr(apps, "get_app_configs", lambda: [types.SimpleNamespace(name="django.contrib.sessions")])
    registry.autodiscover()
