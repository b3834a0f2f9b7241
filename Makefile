# catwalk: everything a fresh machine needs is made here, from Python 3.11 and a compiler.

PYTHON ?= python3
SOURCE ?= examples/sample-post.md
OUTPUT ?= out/$(basename $(notdir $(patsubst %/,%,$(SOURCE)))).mp3
VENV   := .venv
MODELS := .venv-models
BIN    := $(VENV)/bin
STATIC := src/catwalk/studio/static
NPM    := $(BIN)/python studio/npm.py
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL_SELF := $(PIP) install --no-deps --no-build-isolation --editable .

# Where it is set, every server, worker and command would compile all of catwalk anew at its start: seconds each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help read serve studio test test-models check check-python check-page format bench docs lock clean

help:  ## say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "catwalk needs Python 3.11 or newer; say make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.read: requirements/read.lock pyproject.toml | $(BIN)/python
	@echo "installing catwalk with its default models (about 400 MB, once)" >&2
	$(PIP) install --require-hashes -r requirements/read.lock
	$(INSTALL_SELF)
	@touch $@

$(VENV)/.test: requirements/test.lock pyproject.toml | $(BIN)/python
	@echo "installing catwalk with every backend and the test tools (about 800 MB, once)" >&2
	$(PIP) install --require-hashes -r requirements/test.lock
	$(INSTALL_SELF)
	@touch $@ $(VENV)/.read

$(MODELS)/.ready: requirements/models.lock requirements/build.py pyproject.toml | $(VENV)/.test
	@echo "installing every backend's libraries with PyTorch, and tortoise's environment (about 4 GB, once)" >&2
	$(BIN)/python requirements/build.py $(MODELS) requirements/models.lock
	$(BIN)/python -m pip --python $(MODELS)/bin/python --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

$(MODELS)/home/.ready: $(wildcard src/catwalk/environments/*.lock) | $(MODELS)/.ready
	CATWALK_HOME=$(MODELS)/home $(BIN)/catwalk install tortoise
	@touch $@

$(VENV)/.node: requirements/studio.lock | $(BIN)/python
	@$(NPM) --version >/dev/null 2>&1 || { echo "installing node (about 60 MB, once)" >&2; $(PIP) install --require-hashes -r $<; }
	@touch $@

studio/node_modules/.ready: studio/package.json studio/package-lock.json studio/.npmrc | $(VENV)/.node
	@$(NPM) ci --silent
	@touch $@

studio/src/api/schema.d.ts: $(shell find src/catwalk/api src/catwalk/studio src/catwalk/app -name '*.py') studio/openapi.py studio/node_modules/.ready | $(VENV)/.read
	@$(BIN)/python studio/openapi.py studio/openapi.json
	@$(NPM) run --silent types

$(STATIC)/index.html: $(shell find studio/src studio/public -type f) studio/index.html studio/vite.config.ts studio/src/api/schema.d.ts
	@$(NPM) run --silent build

read: $(VENV)/.read  ## read SOURCE (a URL or a file; default: the sample post) into an MP3
	@mkdir -p $(dir $(OUTPUT))
	@$(BIN)/catwalk read "$(SOURCE)" -o "$(OUTPUT)"

studio: $(STATIC)/index.html  ## build the page that the server shows

serve: $(VENV)/.read studio  ## run the server and its studio on 127.0.0.1:8000
	@$(BIN)/catwalk serve

check: $(VENV)/.test studio/src/api/schema.d.ts  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-python check-page

check-python: $(VENV)/.test
	$(BIN)/mypy

check-page: studio/src/api/schema.d.ts
	$(NPM) run --silent check
	$(NPM) run --silent test

test: check studio  ## everything that must hold
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

test-models: $(MODELS)/.ready $(MODELS)/home/.ready  ## every backend's own library on tiny weights, none skipped
	TEST_MODELS=1 TEST_MODELS_HOME=$(abspath $(MODELS)/home) $(MODELS)/bin/python -m pytest tests/models tests/conformance \
	  --numprocesses 2 --dist loadfile

format: $(VENV)/.test  ## put the sources in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test  ## measure, and write benchmarks/results/
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python -m benchmarks.cold_start
	$(BIN)/python -m benchmarks.reading
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.posts examples/sample-post.md
	$(BIN)/python -m benchmarks.locality --report
	$(BIN)/python -m benchmarks.mixed
	$(BIN)/python -m benchmarks.hangups
	$(BIN)/python -m benchmarks.residency
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.library
	$(BIN)/python -m benchmarks.publishing
	$(BIN)/python -m benchmarks.studio

docs: $(VENV)/.test  ## write the reference pages from the program itself
	$(BIN)/python -m docs.build

lock:  ## pin every dependency again, with hashes (needs uv)
	for name in read test; do \
	  uv pip compile pyproject.toml requirements/$$name.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header $$(sed -n 's/^# extra: /--extra /p; s/^# group: /--group /p' requirements/$$name.in) \
	    --output-file requirements/$$name.lock --quiet || exit 1; \
	done
	python3 requirements/pin.py

clean:  ## remove what was made here; the data folder stays
	rm -rf $(VENV) $(MODELS) $(STATIC) studio/node_modules studio/openapi.json studio/src/api/schema.d.ts out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
