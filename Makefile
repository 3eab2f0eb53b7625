# Needs Python 3.11 or later and make; everything else comes from the package index into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED ?= 100000
SCRIPTS ?= 20000
EXAMPLE := spec/library/dining_philosophers.csp

.PHONY: help check test test-slow test-browser docs notebooks fuzz bench lint clean

help:
	@echo 'make check      install cospec into .venv and check a first script'
	@echo 'make test       run the fast tests'
	@echo 'make test-slow  run the slow tests as well'
	@echo 'make test-browser  drive the explorer in JupyterLab, in Chromium'
	@echo 'make notebooks  execute the notebooks, write those whose outputs have changed'
	@echo 'make docs       build the documentation, build/docs/index.html'
	@echo 'make fuzz       feed 20,000 random scripts to the front end (a quarter of an hour)'
	@echo 'make bench      compare with SPIN and plain Python (an hour), write benchmarks/*.md'
	@echo 'make lint       ruff, mypy --strict and the import contracts'
	@echo 'make clean      remove .venv and everything generated'

# The script holds a deadlock on purpose, so that its counterexample is seen: exit status 1 of
# cospec (an assertion fails) is the expected one here, 0 or 2 would be wrong.
check: $(VENV)/.installed
	@$(BIN)/cospec check $(EXAMPLE); status=$$?; \
	if [ $$status -eq 1 ]; then \
	    echo; echo 'The failing assertion is meant to fail: $(EXAMPLE) shows a deadlock and its cure.'; \
	else \
	    echo "cospec ended with status $$status, where 1 was expected"; exit 1; \
	fi

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m 'not slow and not browser' -n auto --dist loadfile

test-slow: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m 'not browser' --hypothesis-seed=random

# `make test-browser PICTURES=folder` keeps pictures of what it has seen; with JUPYTER=notebook it
# is Jupyter Notebook that shows the explorer.
PICTURES ?= build/pictures
JUPYTER ?= jupyterlab
test-browser: $(VENV)/.installed-browser
	$(BIN)/python -m pytest tests/browser -m browser -rA --pictures $(PICTURES) --jupyter $(JUPYTER)

# `make notebooks NAMES=01_first_steps` executes one.
notebooks: $(VENV)/.installed-test
	$(BIN)/python -m tests.notebooks.renewal $(NAMES)

# The site needs no network; whatever Sphinx warns of, a link to nowhere included, is an error.
docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -b html -W --keep-going --quiet --jobs 2 docs build/docs
	@echo 'The pages are in build/docs, beginning with index.html.'

# `make fuzz SEED=7 SCRIPTS=1000` looks at other scripts; a failure names the seed of its script.
fuzz: $(VENV)/.installed-test
	$(BIN)/python -m pytest tests/fuzz -rA --fuzz $(SCRIPTS) --seed $(SEED)

# SPIN takes part where `spin` and `gcc` are installed (Debian: apt install spin gcc).
bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks --out benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.scaling --out benchmarks/SCALING.md

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p cospec -p benchmarks
	$(BIN)/lint-imports --no-cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo 'cospec needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ...'; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One stamp for each set of dependencies; pyproject.toml decides what they are.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-browser: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[browser]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed-docs $(VENV)/.installed-test $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
