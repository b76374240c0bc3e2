# Two commands for everyone:   make study    make test
VENV ?= .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
OUTPUT ?= output
RELEASE ?= .venv-release

.PHONY: help study gallery test test-matrix test-installs test-fresh lint audit bench docs notebooks generated plugin release clean

help:
	@echo "make study   set up, run the sample study, print where map and report are (no root)"
	@echo "make gallery maps of the recipes in maps/, with pictures where Chromium and Playwright are installed"
	@echo "make test    set up, run all checks and tests; what is not installed is skipped, with the reason"
	@echo "make test-matrix   tests of the plugin on three versions of QGIS, two of them in chroots (root)"
	@echo "make test-installs   the wheel in fresh environments, newest and oldest dependencies (uv on the path)"
	@echo "make test-fresh   the first two commands on a fresh Debian in a chroot (root)"
	@echo "make bench   benchmarks beside the peers, and docs/benchmarks.md (BENCH='--only bench_access' runs one file)"
	@echo "make docs    the handbook, as HTML in docs/_build"
	@echo "make notebooks   run the notebooks of the handbook anew, in place (needs Chromium for pictures of maps)"
	@echo "make lint    style, types, architecture"
	@echo "make audit   known weaknesses of the packages, as PyPI tells them"
	@echo "make plugin  dist/geoterritorio_qgis-VERSION.zip, for QGIS's plugin manager"
	@echo "make release  wheel, sources and plugin of the last commit in dist/, made twice and compared; publishes nothing"
	@echo "make generated   tools.json and the translation catalogue, from the code"

$(VENV)/bin/python:
	./scripts/make-venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python setup.cfg pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check -e ".[fast]"
	@touch $@

$(STAMP): $(VENV)/.run
	$(PY) -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

study: $(VENV)/.run
	@$(PY) -m geoterritorio study sample_data/comarca/study.toml --output $(OUTPUT)/comarca --overwrite
	@$(PY) -m geoterritorio study sample_data/us_states/study.toml --output $(OUTPUT)/us_states --overwrite

gallery: $(VENV)/.run
	@$(PY) -m geoterritorio.interface.gallery maps --output $(OUTPUT)/gallery

test: $(STAMP) lint
	$(PY) -m pytest -n auto --dist loadfile
	./scripts/test-qgis $(PY)
	./scripts/test-plugin-zip $(PY)

test-matrix: $(STAMP)
	./scripts/test-qgis-matrix $(PY)

test-installs:
	./scripts/test-installs

test-fresh:
	./scripts/test-fresh-debian

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --config setup.cfg
	$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build/html

audit: $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -e ".[audit]"
	$(PY) scripts/audit.py

docs: $(STAMP)
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build/html

notebooks: $(STAMP)
	$(PY) docs/run_notebooks.py

plugin: docs
	$(PY) qgis_plugin/sample_projects.py $(OUTPUT)/sample
	$(PY) qgis_plugin/build.py --handbook docs/_build/html --projects $(OUTPUT)/sample

$(RELEASE)/.installed: scripts/release-tools.txt
	./scripts/make-venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/release-tools.txt
	@touch $@

release: $(STAMP) $(RELEASE)/.installed
	$(RELEASE)/bin/python scripts/release.py $(PY) $(RELEASE_OPTIONS)

generated: $(STAMP)
	$(PY) -m geoterritorio.interface.describe
	$(PY) -m geoterritorio.interface.catalogue

bench: $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	$(PY) benchmarks/book.py $(BENCH)

clean:
	rm -rf $(VENV) $(RELEASE) $(OUTPUT) docs/_build .pytest_cache .mypy_cache .ruff_cache
