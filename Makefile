# Two commands matter: `make demo` and `make test`. Everything else sets itself up too.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
STAMP := $(VENV)/.installed
PORT ?= 8000
# Brackets, so that this line does not find itself.
FOREIGN := '(py[p]i|python[h]osted|np[m]js)[.]org|/(work|root|home/[a-z]+)[/]'
export PORT

JUDGES := tests/node/node_modules/.package-lock.json

.PHONY: help setup demo serve test conform judges check openapi bench chaos lock
help:
	@echo "make demo   set up, run the main job on embedded PostgreSQL, serve   (ARGS=--no-serve ends after the summary)"
	@echo "make test   set up, run the tests                                    (ARGS='-k digest')"
	@echo "make conform more than 5,000 generated requests to the partner API, each answer judged by its document"
	@echo "make judges what judges our pages in tests: axe, validators          (needs Node 20 or newer)"
	@echo "make serve  web server and jobs on the data that is there            (PORT, VAR_DIR)"
	@echo "make check  format, lint, types, floors, templates, migrations, spelling"
	@echo "make openapi writes docs/partner-api/openapi.json from the code that answers"
	@echo "make bench  speed as ratios, JSON lines                              (ONLY=a,b SCALE=0.1)"
	@echo "make chaos  10,000 people, 300 faults, no duplicate, nothing lost"

# Setting up again costs nothing while the lock file stays the same.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies (a minute, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	@$(MANAGE) demo $(ARGS)

serve: $(STAMP)
	@$(MANAGE) serve $(ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest -n logical --dist loadgroup $(ARGS)

# Of each operation and kind of data; the suite itself has 36.
conform: $(STAMP)
	@API_CASES=$${API_CASES:-120} $(BIN)/python -m pytest tests/partners/test_openapi.py -q -s -n0 -k whatever $(ARGS)

$(JUDGES): tests/node/package-lock.json
	@npm ci --prefix tests/node --ignore-scripts --no-audit --no-fund --loglevel=error

judges: $(JUDGES)

check: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djlint --quiet --lint templates
	@git ls-files '*.py' | grep -v /migrations/ | xargs $(BIN)/django-upgrade --target-version 5.2 --check
	@$(MANAGE) makemigrations --check --dry-run
	@$(BIN)/codespell
	@! git grep -nIE $(FOREIGN) -- . || { echo "No package index and no machine path belongs in a file."; exit 1; }
	@echo "make check: everything is in order"

openapi: $(STAMP)
	@$(MANAGE) spectacular --format openapi-json --validate --fail-on-warn --file docs/partner-api/openapi.json

bench: $(STAMP)
	@$(MANAGE) bench $(ARGS)

chaos: $(STAMP)
	@$(MANAGE) chaos $(ARGS)

lock: $(STAMP)
	@$(BIN)/pip-compile --quiet --upgrade --all-extras --generate-hashes --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.lock pyproject.toml
