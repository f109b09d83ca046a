# Each target does its own set-up. PYTHON names the interpreter, VENV the folder of its virtual environment:
#     make test PYTHON=python3.12 VENV=.venv-3.12
# ARGS goes to pytest (make test ARGS=tests/engine), to the demo (make demo ARGS=--check), or to the soak
# (make engine-soak ARGS="--evaluations 20000").

PYTHON ?=
VENV ?= .venv
ARGS ?=
WORKERS ?= logical
PYTHONS ?= python3.11 python3.12 python3.13

export PYTHON VENV

RUN := "$(VENV)/bin/python" -m
PYTEST := $(RUN) pytest
# Each worker starts a PostgreSQL of its own, so more than four of them cost more than they save.
PARALLEL := --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile

.PHONY: help demo test test-all journeys requirements engine-soak lint format benchmarks picture clean
.NOTPARALLEL:

help:
	@echo 'make demo          play the main job on an embedded PostgreSQL and real data'
	@echo 'make test          run all tests (ARGS=tests/engine: some of them)'
	@echo 'make test-all      run all tests on each of: $(PYTHONS)'
	@echo 'make journeys      use the pages as people do, in a real browser (needs Chromium)'
	@echo 'make requirements  run the tests that show requirements, and trace them in docs/requirements.md'
	@echo 'make engine-soak   run a million evaluations under AddressSanitizer, each compared with the reference'
	@echo 'make lint          check style and types'
	@echo 'make format        format the code'
	@echo 'make benchmarks    measure, and write docs/performance.md'
	@echo 'make picture       take the picture of the review page anew (needs Chromium)'
	@echo 'make clean         remove everything that was set up or built'

demo:
	@scripts/set-up demo
	@"$(VENV)/bin/placet" demo $(ARGS)

test:
	@scripts/set-up test
	@$(PYTEST) $(PARALLEL) $(or $(ARGS),--requirements)

test-all:
	@for python in $(PYTHONS); do \
		echo "== $$python"; \
		$(MAKE) --no-print-directory test PYTHON=$$python VENV=.venv-$$python || exit 1; \
	done

journeys:
	@scripts/set-up dev
	@$(PYTEST) --browser $(or $(ARGS),tests/journeys/test_in_a_browser.py)

requirements:
	@scripts/set-up test
	@$(RUN) tests.requirements_trace
	@$(PYTEST) $(PARALLEL) --requirements -m requirement

engine-soak:
	@scripts/set-up test
	@$(RUN) tests.engine.soak $(ARGS)

lint:
	@scripts/set-up dev
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

format:
	@scripts/set-up dev
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

benchmarks:
	@scripts/set-up dev
	@$(RUN) benchmarks $(ARGS)

picture:
	@scripts/set-up dev
	@"$(VENV)/bin/python" scripts/picture.py $(ARGS)

clean:
	rm -rf .venv .venv-* build dist plugin/placet.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
