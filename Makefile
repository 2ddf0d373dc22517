# monitor: what a person types. `make` alone prints this help.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
BENCH ?= poll fetch_cpu search

# The environment's own pip where it has one; else the system's, which installs into it from outside.
PIP = $$($(BIN)/python -m pip --version >/dev/null 2>&1 && echo "$(BIN)/python -m pip" \
	|| echo "$(PYTHON) -m pip --python $(BIN)/python")
# The pins are complete. --no-deps keeps the resolver out, which in Debian 12's pip stumbles over lxml's extras.
PIP_INSTALL = $(PIP) --disable-pip-version-check install --quiet --no-input --no-deps

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench install docs requirements

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Install, write config.toml if there is none, create the database, start the daemon
	@test -f config.toml || $(BIN)/monitor init
	@$(BIN)/monitor db upgrade
	@exec $(BIN)/monitor run

demo: install ## Show the whole job offline in under a minute: feeds, hits, mails, digest
	@$(BIN)/monitor demo

install: $(VENV)/.installed ## Install the program into .venv (the command is .venv/bin/monitor)

test: $(VENV)/.installed-dev ## Run all tests
	@$(BIN)/python -m pytest -n $(JOBS) -m "not soak" --cov --cov-report=term

check: $(VENV)/.installed-dev ## Check style, types, import floors and migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q --no-header tests/test_floors.py tests/store/test_migrations.py

bench: $(VENV)/.installed-dev ## Measure speed: polls, requests, searches (BENCH="name ..." for others in bench/)
	@for name in $(BENCH); do echo "== $$name"; $(BIN)/python -m bench.$$name || exit 1; done

docs: $(VENV)/.installed ## Write docs/configuration.md from the schema
	@$(BIN)/python -c 'from monitor.config.reference import reference; print(reference(), end="")' \
		> docs/configuration.md

requirements: ## Pin all dependencies anew, with hashes (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --extra postgres --group build \
		--generate-hashes --no-emit-index-url --custom-compile-command "make requirements" \
		--quiet --upgrade --output-file requirements/runtime.txt
	@uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group build --group dev \
		--constraint requirements/runtime.txt \
		--generate-hashes --no-emit-index-url --custom-compile-command "make requirements" \
		--quiet --upgrade --output-file requirements/dev.txt

# Debian's python3 has no ensurepip unless python3-venv is installed: an environment without pip does.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install python3" >&2; exit 1; }
	@echo "Making the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
		|| $(PYTHON) -m venv --clear --without-pip $(VENV) 2>/dev/null \
		|| virtualenv --quiet --python $(PYTHON) $(VENV)
	@$(PIP) --version >/dev/null 2>&1 \
		|| { rm -rf $(VENV); echo "pip 22.3 or newer is needed: install python3-pip" >&2; exit 1; }

$(VENV)/.installed: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what is needed to run (a minute or two the first time)"
	@$(PIP_INSTALL) --require-hashes --requirement requirements/runtime.txt
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed | $(BIN)/python
	@echo "Installing what is needed to test"
	@$(PIP_INSTALL) --require-hashes --requirement requirements/dev.txt
	@touch $@
