# Everything a person types here. A fresh machine needs Python 3.11 or later and make, nothing else.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

.PHONY: help install demo test coverage check bench soak lock schema sbom audit pin-images pictures clean
help:
	@echo "make demo    see the main job on sample news, within a minute     make install  the program into .venv, and no more"
	@echo "make test    all tests     make check  lint, types, layers     make bench  the figures of the docs"
	@echo "make soak    weeks of news in minutes, and kills at random moments"
	@echo "make coverage    the tests, and the lines that none of them runs"
	@echo "make lock    pin the dependencies again     make schema  write docs/schema from the code"
	@echo "make sbom    build/sbom.cdx.json     make audit  known vulnerabilities     make pin-images  base images by digest"

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

$(BIN)/.run: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later was not found; install it, or say make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  echo "Setting up $(VENV) with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv --clear $(VENV) || { echo "make: this Python cannot make an environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }; }
	@echo "Installing the packages of requirements.lock, hashes checked"
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/.dev: $(BIN)/.run requirements-dev.lock
	@echo "Installing the packages of requirements-dev.lock, hashes checked"
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@touch $@

install: $(BIN)/.run

demo: $(BIN)/.run
	@$(BIN)/monitor demo

# Half as many processes again as two cores have, since half of the time is waiting for processes and servers.
# The tests of a file stay together in one process, which its fixtures need once, until a process has nothing left.
# Bytecode is written even where the environment forbids it: each of hundreds of processes would compile all modules.
test: $(BIN)/.dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal $(PYTEST_ARGS)

# The tests again, with the lines and branches that none of them runs. Measuring takes a fifth more time.
coverage: $(BIN)/.dev
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

check: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BIN)/.dev
	$(BIN)/python -m benchmarks

# Months of news in minutes, then kills at random moments, on both databases. SOAK_ARGS="--articles 2000" for less.
SOAK_ARGS ?=
SOAK_KILLS ?= 60
soak: $(BIN)/.dev
	$(BIN)/python -m benchmarks.soak $(SOAK_ARGS)
	$(BIN)/python -m benchmarks.kills --kills $(SOAK_KILLS)
	$(BIN)/python -m benchmarks.kills --kills $(SOAK_KILLS) --workers 2

lock: $(BIN)/.dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

schema: $(BIN)/.run
	$(BIN)/python -m monitor.settings docs/schema

# What the program is made of, as CycloneDX: the packages that requirements.lock pins, with their hashes.
sbom: $(BIN)/.dev
	@mkdir -p build
	@$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
	  --spec-version 1.6 --output-format JSON --validate --output-file build/sbom.cdx.json
	@echo build/sbom.cdx.json

audit: $(BIN)/.dev
	@$(BIN)/python tools/audit.py $(BIN)/pip-audit --disable-pip --require-hashes --progress-spinner off --timeout 15 -r requirements.lock

pictures:
	@$(BIN)/python tools/pictures.py

pin-images:
	@tools/pin_images.sh

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .coverage*
