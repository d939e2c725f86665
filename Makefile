# Any target works on a fresh machine that has Python 3.11 or newer and make: the environment is made first.
#   PYTHON     the Python to make it from (default: python3)
#   PIP_FLAGS  what else to tell pip, for example an index that has CPU-only wheels of PyTorch

PYTHON ?= python3
PIP_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
PYTEST := OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-all conformance lint bench fuzz docs networks examples clean

help:            ## this list
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

venv: $(READY)   ## the environment, in .venv

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("dlspec needs Python 3.11 or newer; name one with make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet $(PIP_FLAGS) --editable '.[torch,keras,onnx,data,plot,draw,dev]'
	@$(PY) -m compileall -q dlspec && $(PY) -m dlspec check examples/digits.dl
	@touch $@

$(DOCS_READY): $(READY)
	$(PY) -m pip install --quiet $(PIP_FLAGS) --editable '.[docs]'
	@touch $@

demo: $(READY)   ## check, train, export and compare the digits example
	$(PY) examples/demo.py

test: lint       ## what CI runs: lint and the quick tests
	$(PYTEST) -m "not slow and not fuzz"

test-all: lint   ## every test
	$(PYTEST)

conformance: $(READY) ## every test that proves something of an entry; writes the record that is shipped
	$(PYTEST) -m proves --record dlspec/catalog/conformance.json tests
	$(PY) -m pytest -q tests/conformance/test_record.py

lint: $(READY)   ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(READY)  ## the measurements of benchmarks/
	$(PY) -m benchmarks

fuzz: $(READY)   ## 2,000 random specs through every backend, with what they have covered
	OMP_NUM_THREADS=1 $(PY) -m tests.property.fuzz 0 2000

examples: $(READY) ## run every example
	$(PY) examples/run_all.py

docs: $(DOCS_READY) ## the documentation as HTML; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

networks: $(READY) ## docs/networks.md, from the files of the library
	$(PY) -m docs.networks

clean:           ## remove what was built (the environment stays: rm -rf .venv)
	rm -rf build dist runs docs/_build docs/generated .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find dlspec tests examples benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
