# Two commands do everything: `make run` and `make test`. Without make: python3 tools/bootstrap.py run
PYTHON ?= python3
VENV := .venv/bin/python

.PHONY: run test test-postgres schemathesis interop lint fix bench bench-bundle linux linux-test windows windows-newer windows-test stick pictures screenshots build lock messages ready

run:
	@$(PYTHON) tools/bootstrap.py run $(ARGS)

test:
	@$(PYTHON) tools/bootstrap.py test $(ARGS)

test-postgres:
	@$(PYTHON) tools/bootstrap.py test-postgres $(ARGS)

lint: ready
	@$(VENV) tools/lint.py

fix: ready
	@$(VENV) -m ruff check --fix; $(VENV) -m ruff format

bench: ready
	@$(VENV) -m tests.bench $(ARGS)

# Kolibri 0.19.5 beside this program: make interop, or ARGS="--kept DIR" to install it once.
interop: ready
	@$(VENV) -m tests.interop $(ARGS)

schemathesis: ready
	@$(VENV) -m tests.openapi $(ARGS)

pictures: ready
	@$(VENV) -m tests.end_to_end

screenshots: ready
	@$(VENV) -m tests.screenshots $(ARGS)

build: ready
	@$(VENV) tools/build.py $(ARGS)

# The packages for Linux schools, in dist/.
linux: build
	@$(VENV) -m tools.linux.packages

linux-test:
	@$(PYTHON) tools/bootstrap.py ready dev linux
	@KOLIBRI_TEST_INSTALLERS=1 $(VENV) -m pytest tests/installers --ignore-glob='*windows_setup*' --ignore-glob='*windows_portable*' $(ARGS)

# The installer for Windows schools, in dist/, made under Wine.
windows:
	@$(PYTHON) tools/bootstrap.py ready dev windows
	@$(VENV) -m tools.windows.build
	@$(VENV) -m tools.windows.installer

# The same as a newer version, to be installed over it by tools/windows/smoke.py.
windows-newer:
	@$(VENV) -m tools.windows.installer --newer

windows-test:
	@$(PYTHON) tools/bootstrap.py ready dev windows
	@KOLIBRI_TEST_INSTALLERS=1 $(VENV) -m pytest tests/installers/test_windows_setup.py tests/installers/test_windows_portable.py $(ARGS)

# A stick for a school: make stick OUT=/media/STICK CONTENT=/path/to/KOLIBRI_DATA
stick: ready
	@test -n "$(OUT)" || { echo "Say where the stick is: make stick OUT=DIR CONTENT=DIR"; exit 2; }
	@$(VENV) -m tools.stick "$(OUT)" $(if $(CONTENT),"$(CONTENT)") $(ARGS)

bench-bundle: ready
	@$(VENV) -m tests.installers.bench $(ARGS)

lock: ready
	@$(VENV) tools/lock.py $(ARGS)

messages: ready
	@$(VENV) tools/messages.py $(ARGS)

ready:
	@$(PYTHON) tools/bootstrap.py ready dev
