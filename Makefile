# What people do with this repository. `make` alone lists it.

# The first Python on the path that is new enough; `make setup PYTHON=...` names another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup
TEMPLATES := gateway sandbox
RELEASED := protos/released.binpb
ARGS ?=
# How many workers the tests are dealt out to; `make test WORKERS=0` runs them in one process, for a debugger.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup gen run journey sandbox reset browser test containers fuzz bench lint format types imports buf check migration errors rules diagrams pictures manifests lock released clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP)  ## the virtual environment with every locked dependency

$(SETUP): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or name it with PYTHON=/path/to/python." >&2; exit 1; }
	@$(PYTHON) tools/setup.py $(VENV)
	@touch $@

gen: $(SETUP)  ## code from the contracts, when they changed
	@$(BIN)/python -m tools.generate

run: gen  ## the whole suite on this machine; Ctrl-C stops it
	@$(BIN)/zikao up $(ARGS)

journey: gen  ## play the candidates' journeys against a running suite (ARGS="--count 200 --concurrency 16")
	@$(BIN)/zikao journey $(ARGS)

sandbox: gen  ## faults of the simulated outside world (ARGS="--help")
	@$(BIN)/zikao sandbox $(ARGS)

reset: gen  ## forget everything the suite stored here; asks first
	@$(BIN)/zikao reset $(ARGS)

browser:  ## the browser that tests and measurements of pages need
	@$(PYTHON) tools/install_browser.py

test: gen browser  ## every test, on a PostgreSQL and a Redis it starts itself (ARGS="-k outbox")
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadscope --no-loadscope-reorder $(ARGS)

containers: gen  ## the image built, and Compose run with it, on a container engine of our own (needs root on Debian)
	@$(BIN)/python -m pytest drills/containers $(ARGS)

fuzz: gen  ## hostile inputs, guided by coverage, ten minutes for each kind (ARGS="images --seconds 60")
	@$(BIN)/python -m tests.security.fuzzing $(ARGS)

bench: gen browser  ## what the suite does per second, beside baselines (ARGS="--against COMMIT")
	@$(BIN)/python -m bench $(ARGS)

lint: $(SETUP)  ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint $(TEMPLATES) --check --quiet
	@$(BIN)/python -m tools.stylesheet --check

format: $(SETUP)  ## put the code into its format, and say what lint still finds
	@$(BIN)/ruff check --fix --quiet .; linted=$$?; $(BIN)/ruff format .; \
	$(BIN)/djlint $(TEMPLATES) --reformat --quiet; $(BIN)/python -m tools.stylesheet; exit $$linted

types: gen  ## types
	@$(BIN)/mypy

imports: gen  ## the one direction of dependencies
	@$(BIN)/lint-imports

buf: gen  ## contracts: style, and nothing released is broken
	@$(BIN)/buf lint gen/zikao.binpb --config buf.yaml
	@$(BIN)/buf breaking gen/zikao.binpb --against $(RELEASED) --config buf.yaml

check: lint types imports buf  ## everything but the tests

migration: gen  ## draft the next revision of a service from its models (SERVICE=review NAME=add_announcements)
	@$(BIN)/python -m tools.migration "$(SERVICE)" "$(NAME)"

errors: gen  ## write docs/errors.md from the code
	@$(BIN)/python -m tools.error_reference

rules: $(SETUP)  ## write into docs/rules.md which tests show each rule
	@$(BIN)/python -m tools.rule_traceability

diagrams: $(SETUP)  ## draw the diagrams of docs/architecture
	@$(BIN)/python -m tools.diagrams

pictures: gen browser  ## take the pictures of docs/pages.md anew, from a suite of its own
	@$(BIN)/python -m tests.browser.documentation_pictures

manifests: $(SETUP)  ## write deploy/k8s/rendered.yaml from deploy/k8s/base (needs kubectl)
	@$(BIN)/python -m tools.manifests

lock: $(SETUP)  ## resolve the dependencies anew and write the lock files
	@$(BIN)/python -m tools.lock $(ARGS)

released: gen  ## at a release: the contracts as they are become what may not be broken
	@$(BIN)/buf build gen/zikao.binpb --exclude-source-info -o $(RELEASED)

clean:  ## remove what was built (not what the suite stored)
	@rm -rf gen .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
