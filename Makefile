# Yizhan on one machine. Needs Python 3.11 or newer and make; everything else comes by itself, locked.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first Python that is new enough and can make virtual environments.
GOOD := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null && $$p -c '$(GOOD)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
LOCAL := .venv/.installed-local
DEV := .venv/.installed-dev
RUN := $(BIN)/python -m deploy.cli
OWN := services shared deploy bench tests
# Side by side: as many as there are processors, and one more, since tests also wait.
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
TOGETHER := $(MAKE) --no-print-directory --output-sync=target -j

.PHONY: help install up dev web down status logs demo upgrade reset check test style format types walls long quick-tests chromium tests \
	pymongo pictures web-tests bench simulate some-seeds soak fuzz faults lock lint compose-test probe

help: ## Show what there is
	@echo "make <target>:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 14

# Stamped by content, not by time: a clone or a switch of branches that changes nothing installs nothing, and what was
# installed for development stays when only running is asked for.
$(LOCAL): requirements-local.lock requirements-servers.lock deploy/install.py
	@"$(or $(PYTHON),false)" -c '$(GOOD)' 2>/dev/null || { echo "Python 3.11 or newer that can make virtual environments is needed: install it (Debian 12: apt-get install python3 python3-venv) or name it (make PYTHON=/path/to/python3 $(MAKECMDGOALS))." >&2; exit 1; }
	@"$(PYTHON)" deploy/install.py local

$(DEV): requirements-dev.lock requirements-oldest-pip.lock $(LOCAL)
	@"$(PYTHON)" deploy/install.py dev

install: $(DEV) ## Make the virtual environment, with the tools of development too

up: web ## Start everything, load the demo campus, replay real requests, say where to look
	@$(RUN) up

web: $(LOCAL) ## Build the pages, if anything in web/ changed
	@$(BIN)/python -m deploy.pages

dev: up ## Start everything, then serve the pages from their sources: an open page follows every change
	@$(BIN)/python -m deploy.pages --dev

down: $(LOCAL) ## Stop everything; the data is kept
	@$(RUN) down

status: $(LOCAL) ## Show what runs and whether it is ready
	@$(RUN) status

logs: $(LOCAL) ## Follow the logs of all parts
	@$(RUN) logs

demo: web ## Run 500 real requests through the whole loop on a temporary stack; the last line is JSON
	@$(RUN) demo

upgrade: $(LOCAL) ## Bring what an earlier release kept to this one; stop everything first
	@$(RUN) upgrade

reset: $(LOCAL) ## Stop everything and forget its data
	@$(RUN) reset

check: $(DEV) ## What you run every few minutes: style, types, walls, unit tests
	@$(TOGETHER) 2 types quick-tests style walls long

# The pages are built first: what waits for them would begin only after everything that does not.
test: $(DEV) chromium web ## Run everything that CI runs
	@$(TOGETHER) 2 tests some-seeds types web-tests style walls long pymongo
	@$(BIN)/python -m tests.architecture.coverage_gate

lint: $(DEV) ## Check style, types and walls
	@$(TOGETHER) 2 types style walls long

style: $(DEV)
	@$(BIN)/ruff check $(OWN)
	@$(BIN)/ruff format --check $(OWN)
	@$(BIN)/python -m deploy.pages --style

format: $(DEV) ## Write every file as the formatters do
	@$(BIN)/ruff format $(OWN)
	@$(BIN)/python -m deploy.pages --format

types: $(DEV)
	@$(BIN)/python -m pyright

walls: $(DEV)
	@$(BIN)/python -c 'import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())'

long: $(DEV)
	@$(BIN)/python -m tests.architecture.house

quick-tests: $(DEV)
	@$(BIN)/python -m pytest -q -n 2 tests/unit tests/architecture

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { echo "The browser tests need Chromium: install it (Debian: apt-get install chromium fonts-wqy-microhei)." >&2; exit 1; }

# Everything in pytest, with coverage: whole files go to workers, the longest first. The slowest ten are told. It speaks
# while it runs (+), the others when they have ended.
tests: web $(DEV)
	@rm -f .coverage .coverage.*
	+@YIZHAN_SCREENS= $(BIN)/python -m pytest -q -n $(WORKERS) --durations=10 --cov --cov-report= tests

# What the services ask of the store, once more under PyMongo's own client.
pymongo: $(DEV)
	@MONGODB_DRIVER=pymongo $(BIN)/python -m pytest -q tests/integration/test_{members,activities,requests,reporting}.py

pictures: web $(DEV) chromium ## Run the browser tests and keep a picture of every page; ONLY="-k wall" takes a part
	@$(BIN)/python -m pytest -q tests/browser $(ONLY)
	@echo "The pictures are in test-results/screens; those of the README are in docs/screens."

web-tests: web $(DEV)
	@$(BIN)/python -m deploy.pages --check

bench: $(DEV) ## Measure: ratios in one run, into bench/results and docs/performance.md
	@$(BIN)/python -m bench

some-seeds: $(DEV)
	@$(BIN)/python -m tests.simulation --seeds 200 --processes 1

SEEDS ?= 1000
simulate: $(DEV) ## Simulate weeks of all four services under faults, a world a seed; SEEDS=1000
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

soak: $(DEV) ## Simulate one seed after the other until stopped; FROM=1
	@$(BIN)/python -m tests.simulation --soak --from $(or $(FROM),1)

EXAMPLES ?= 20
fuzz: $(DEV) ## Call every operation as every role with made-up input, long; a table, and no finding allowed; EXAMPLES=20
	@$(BIN)/python -m tests.fuzz --examples $(EXAMPLES)

faults: web $(DEV) ## Break the real system under load, fault by fault; a JSON line each, then a table (half an hour)
	@$(BIN)/python -m tests.faults $(foreach name,$(ONLY),--only $(name)) $(if $(QUICK),--quick)

compose-test: $(LOCAL) ## Build the images and play the whole loop in containers; without docker or podman it says so and ends
	@$(BIN)/python -m deploy.images.compose_test

BASE ?= http://127.0.0.1:8080
VAR ?= $(or $(YIZHAN_VAR),var)
PASSWORD ?= yizhan-demo
probe: $(DEV) ## Ask a running system whether its walls hold, from outside; BASE= its address, VAR= where its files are
	@$(BIN)/python -m tests.probes --base $(BASE) --password $(PASSWORD) $(if $(VAR),--var $(VAR))

lock: $(DEV) ## Resolve the locks again from pyproject.toml
	@$(BIN)/python -m deploy.locks
