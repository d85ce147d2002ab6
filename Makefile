# make demo   the real job on real input: a picture of the inner city with a plan in it
# make test   everything that CI runs
# Each does all its own set-up; PYTHON chooses the interpreter (3.11 or newer).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
VIEWER := $(shell find assets/viewer/src -type f 2>/dev/null) assets/viewer/package-lock.json assets/viewer/build.mjs

.PHONY: demo test install lint lock clean
.DEFAULT_GOAL := demo

demo: install
	@.ci/system
	$(BIN)/voorland demo

test: install lint
	@.ci/system test
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml $(VIEWER) assets/viewer/build_hook.py
	@$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else f'Python 3.11 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=python3.11')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# The newest versions that fit, with hashes, for every platform at once; no address of any index is written.
lock:
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--python-version 3.11 pyproject.toml --group dev --output-file requirements.lock

clean:
	rm -rf $(VENV) $(VENV)-lock assets/viewer/dist assets/viewer/node_modules
