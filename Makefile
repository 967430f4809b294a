# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
VENV ?= .venv
# processes that share the tests; many of them wait for other processes, so there are more than cores
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n + 1)))
BIN := $(VENV)/bin
SOURCES := pyproject.toml setup.py scripts/setup.sh $(wildcard native/*.c native/*.h)
# real data lies outside the repository; name another place with `make realdata OVERPAINT_REALDATA=...`
OVERPAINT_REALDATA ?=

.PHONY: demo test check lint unit realdata bench ui wheels clean help

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.demo: $(SOURCES)
	@VENV=$(VENV) scripts/setup.sh demo
	@touch $@

$(VENV)/.test: $(SOURCES)
	@VENV=$(VENV) scripts/setup.sh test
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## install, scrub a small made dataset, say where the result is
	@$(BIN)/overpaint demo demo

test: lint unit ## install and run everything that needs no data from outside

check: test ## exactly what CI runs
	@if [ -n "$(OVERPAINT_REALDATA)" ]; then $(MAKE) --no-print-directory realdata; fi

lint: $(VENV)/.test ## style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.test ## the tests, with the coverage gate
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -m "not realdata" -q -n $(JOBS) --dist loadfile
	@$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=95

realdata: $(VENV)/.test ## checks on real data, in OVERPAINT_REALDATA
	@[ -d "$(OVERPAINT_REALDATA)" ] || { echo "realdata: say where it is: make realdata OVERPAINT_REALDATA=DIR" >&2; exit 1; }
	OVERPAINT_REALDATA=$(OVERPAINT_REALDATA) $(BIN)/python -m pytest -m realdata -q -n 2 --dist loadfile tests/realdata

bench: $(VENV)/.test ## overpaint beside its peers, on the same files in one run
	@[ -d "$(OVERPAINT_REALDATA)" ] || { echo "bench: say where pictures are: make bench OVERPAINT_REALDATA=DIR" >&2; exit 1; }
	$(BIN)/python benchmarks/peers.py --data $(OVERPAINT_REALDATA)

ui: ## build the review's page into the package (Node 20.19 or later)
	cd ui && npm ci --no-audit --no-fund && npm run build

wheels: ## wheels for this platform, with libjpeg-turbo linked in
	python3 -m pip install -q cibuildwheel
	python3 -m cibuildwheel --output-dir dist

clean: ## remove what was built
	rm -rf ui/node_modules $(VENV) build dist demo .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
	find src -name '*.so' -delete
