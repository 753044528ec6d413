# Everything here needs Python 3.11 or newer and make, nothing else. `make` alone says what there is.

PYTHON ?= $(shell sh scripts/find-python 3.11)
VENV ?= .venv
ADDR ?= 127.0.0.1:8000
LABELS ?=
BIN = $(VENV)/bin
ARGS ?=

# The framework whose API this is, in an environment of its own: tests ask it where it is there.
ORACLE = $(VENV)/oracle/bin/python
WITH_ORACLE = $(if $(wildcard $(ORACLE)),HOTCLUB_ORACLE_PYTHON=$(abspath $(ORACLE)))

.PHONY: help demo test check lint format install oracle conformance bench clean

help:  ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.runs  ## bring up the example site, with sample data and a login (ADDR=127.0.0.1:8000)
	@cd examples/polls && $(abspath $(BIN))/python manage.py demo $(ADDR)

test: $(VENV)/.develops  ## run the tests (ARGS="-k name")
	@$(WITH_ORACLE) $(BIN)/python -m pytest -n 2 $(ARGS)

install: $(VENV)/.develops  ## make the virtual environment with everything the checks need

oracle: $(VENV)/.oracle  ## install the other framework for the differential tests (Python 3.12 or newer)

check: $(VENV)/.develops  ## what CI runs: format, lint, types, layers, tests
	@PATH="$(abspath $(BIN)):$$PATH" sh scripts/check && $(MAKE) --no-print-directory test

lint: $(VENV)/.develops  ## format, lint, types and layers only
	@PATH="$(abspath $(BIN)):$$PATH" sh scripts/check

format: $(VENV)/.develops  ## format the code and mend what the linter can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

conformance: $(VENV)/.conforms  ## run upstream's tests against hotclub (LABELS=basic,lookup)
	@$(BIN)/python conformance/run.py --python $(BIN)/python $(if $(LABELS),--only $(LABELS)) $(ARGS)

bench: $(VENV)/.develops  ## measure against Django and others, side by side
	@$(BIN)/python -m benchmarks $(ARGS)

$(VENV)/.conforms: $(VENV)/.develops
	@echo "Installing what upstream's tests need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --group conformance
	@touch $@

$(VENV)/.oracle: $(VENV)/.develops conformance/suite.py
	@echo "Installing the other framework for the differential tests ..."
	@$(BIN)/python -m venv $(VENV)/oracle
	@$(ORACLE) -m pip install -q --disable-pip-version-check "Django==$$(sed -n 's/^VERSION = "\(.*\)"/\1/p' conformance/suite.py)"
	@touch $@

clean:  ## remove the virtual environment and everything generated
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .scratch examples/polls/*.sqlite3* examples/polls/*.login

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found. Set PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade "pip>=25.1"

$(VENV)/.runs: $(VENV)/bin/python pyproject.toml
	@echo "Installing hotclub ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[standard]"
	@touch $@

$(VENV)/.develops: $(VENV)/bin/python pyproject.toml
	@echo "Installing hotclub and the tools for its checks ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[standard,postgres,mysql,redis,memcached,yaml,jinja2,bcrypt]" --group test --group lint
	@touch $(VENV)/.runs $@
