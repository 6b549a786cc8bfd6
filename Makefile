# Two commands do everything: `make run` and `make test`. Without make: python3 tools/bootstrap.py run
PYTHON ?= python3
VENV := .venv/bin/python

.PHONY: run test test-postgres schemathesis lint fix bench bench-bundle linux linux-test pictures screenshots build lock messages ready

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

linux-test: ready
	@KOLIBRI_TEST_INSTALLERS=1 $(VENV) -m pytest tests/installers $(ARGS)

bench-bundle: ready
	@$(VENV) -m tests.installers.bench $(ARGS)

lock: ready
	@$(VENV) tools/lock.py $(ARGS)

messages: ready
	@$(VENV) tools/messages.py $(ARGS)

ready:
	@$(PYTHON) tools/bootstrap.py ready dev
