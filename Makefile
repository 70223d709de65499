# One command for each thing a person does here. `make` alone lists them.
# `run` and `test` set everything up by themselves, on a bare Debian or Ubuntu with Python 3.11+.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8420
REPLICAS ?= 2
DATA ?= .local
VERBOSE ?=
# How many processes run the tests: one for each core, unless told (`WORKERS=0` for a debugger). More than a few only
# get in one another's way, since the slowest tests belong together.
WORKERS ?= logical
ARGS ?=

PYTHON := .venv/bin/python
# Of pip's many lines, the ones that tell how far it is.
PIP_PROGRESS := sed -un 's/^ *\(Downloading .*([0-9.]* MB).*\)/  \1/p; s/^Installing collected packages.*/  Installing .../p'

WEB_TOOLS := tests/web/node_modules

.PHONY: web-tools help run test check up down backup restore bench clean lock

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: .venv/.standalone ## Run Parley on this machine (PORT=8420 REPLICAS=2 VERBOSE=1), Ctrl-C stops it
	@exec $(PYTHON) -m standalone --port $(PORT) --replicas $(REPLICAS) --data $(DATA) $(if $(VERBOSE),--verbose)

test: .venv/.dev .venv/.manifests ## Run every test (ARGS="-k name" WORKERS=0; REQUIRE_SERVICES=1 fails where something can't be had)
	@$(PYTHON) -m tests.prepare
	@$(MAKE) web-tools
	@exec $(PYTHON) -m pytest --numprocesses $(WORKERS) --maxprocesses 4 $(ARGS)

check: .venv/.dev ## Check format, lint and types
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(MAKE) web-tools
	@[ ! -e $(WEB_TOOLS)/.made ] || $(WEB_TOOLS)/.bin/eslint --config tests/web/eslint.config.js --max-warnings 0 chat_service/static/js tests/web
	@[ ! -e $(WEB_TOOLS)/.made ] || $(WEB_TOOLS)/.bin/tsc --project tests/web
	@[ ! -e $(WEB_TOOLS)/.made ] || $(WEB_TOOLS)/.bin/tsc --project tests/web/tsconfig.worker.json

up: ## Build and run it with Docker Compose
	@docker compose up --build

down: ## Stop what `make up` started; what was said stays
	@docker compose down

BACKUP = $(or $(FILE),backups/parley-$(shell date -u +%Y-%m-%dT%H-%M-%SZ).backup)
IN_BACKUP := docker compose --progress quiet run --rm -T backup
backup: ## Save what was said under Docker Compose, while it runs (FILE=backups/...)
	@file="$(BACKUP)"; umask 077; mkdir -p "$$(dirname "$$file")"; echo "Saving to $$file"; \
	$(IN_BACKUP) save >"$$file.unfinished" </dev/null && mv "$$file.unfinished" "$$file" || { rm -f "$$file.unfinished"; exit 1; }

restore: ## Replace what was said by a backup (FILE=backups/...); Parley is away meanwhile
	@test -s "$(FILE)" || { echo "Which? make restore FILE=backups/..." >&2; exit 2; }
	@echo "Restoring $(FILE)"; docker compose --progress quiet stop gateway chat auth
	@$(IN_BACKUP) load <"$(FILE)" || { docker compose --progress quiet up -d; exit 1; }
	@docker compose --progress quiet up -d --wait

bench: .venv/.dev ## Measure what the performance figures come from
	@exec $(PYTHON) -m bench $(ARGS)

clean: ## Remove caches and the virtual environment; what was said (.local) stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each lock takes the one before it as given, so that what runs is what was tested.
UV_COMPILE := $(PYTHON) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-find-links
lock: .venv/.dev ## Lock the dependencies again, at their current versions
	@cd requirements && rm -f services.new tracing.new standalone.new dev.new manifests.new
	@$(UV_COMPILE) pyproject.toml -o requirements/services.new
	@$(UV_COMPILE) pyproject.toml --extra tracing -c requirements/services.new -o requirements/tracing.new
	@$(UV_COMPILE) pyproject.toml --group standalone -c requirements/services.new -o requirements/standalone.new
	@$(UV_COMPILE) pyproject.toml --extra tracing --group dev -c requirements/standalone.new -c requirements/tracing.new -o requirements/dev.new
	@$(UV_COMPILE) --group manifests -o requirements/manifests.new
	@for lock in services tracing standalone dev manifests; do mv requirements/$$lock.new requirements/$$lock.txt; done

.venv/.made:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Parley needs Python 3.11 or newer as python3; this is $$(python3 --version 2>&1). Install one and run make again." >&2; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing python3-venv"; apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -yqq python3-venv >/dev/null; \
	else echo "Python's venv module is missing. Install it (Debian, Ubuntu: sudo apt install python3-venv) and run make again." >&2; exit 1; fi
	@echo "Making .venv"
	@python3 -m venv --clear .venv
	@touch $@

.venv/.standalone: requirements/standalone.txt | .venv/.made
	@echo "Installing what Parley needs into .venv (some 150 MB, once)"
	@$(PYTHON) -m pip install --disable-pip-version-check --require-hashes -r $< | $(PIP_PROGRESS)
	@touch $@

.venv/.dev: requirements/dev.txt | .venv/.made
	@echo "Installing what the tests need into .venv (some 250 MB, once)"
	@$(PYTHON) -m pip install --disable-pip-version-check --require-hashes -r $< | $(PIP_PROGRESS)
	@touch .venv/.standalone $@

.venv/.manifests: requirements/manifests.txt | .venv/.made
	@echo "Installing what checks the Kubernetes manifests into .venv/manifests (some 300 MB, once)"
	@python3 -m venv --clear .venv/manifests
	@.venv/manifests/bin/python -m pip install --disable-pip-version-check --require-hashes -r $< | $(PIP_PROGRESS)
	@touch $@

# Lint, types and accessibility of the browser's client need npm; without it the rest goes on, unless all has to be there.
web-tools:
	@if command -v npm >/dev/null; then $(MAKE) $(WEB_TOOLS)/.made; \
	else echo "npm is not installed: the browser's client is not linted, not type-checked and not looked at by axe." >&2; [ -z "$${REQUIRE_SERVICES:-}" ]; fi

$(WEB_TOOLS)/.made: tests/web/package-lock.json
	@echo "Installing what checks the browser's client into $(WEB_TOOLS) (some 50 MB, once)"
	@npm ci --prefix tests/web --ignore-scripts --no-audit --no-fund --silent
	@touch $@
