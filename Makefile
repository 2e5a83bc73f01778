# returns-gateway: `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SECONDS := 0
# Four files at a time, in their order: most tests of the whole wait for daemons rather than compute.
SIDE_BY_SIDE := --numprocesses 4 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test test-fast coverage test-browser screenshots test-system test-alerts test-docs chaos soak audit check lint format types contracts budget bench accuracy accuracy-short train dashboards reference pictures fuzz requirements wheel deb clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{sub(/:.*/, "", $$1); printf "  make %-16s %s\n", $$1, $$2}'

demo: $(VENV)/.runtime  ## two emulated dock doors, RMAs, receipts over MQTT; SECONDS=20 ends by itself
	@deploy/need mosquitto
	@PATH="$(CURDIR)/$(BIN):/usr/sbin:$$PATH" returns-gateway demo $(if $(filter-out 0,$(SECONDS)),--seconds $(SECONDS))

test: $(VENV)/.dev  ## install what the tests need and run them all
	@deploy/need mosquitto mosquitto_pub tshark promtool pg_ctl systemd-analyze chromium ip
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE)

coverage: $(VENV)/.dev  ## what the unit tests leave untried, line by line
	$(BIN)/python -m pytest -q --cov --cov-report=term-missing:skip-covered tests/rules tests/readers tests/gateway

test-fast: $(VENV)/.dev  ## unit tests only, in under a minute
	$(BIN)/python -m pytest -q tests/rules tests/readers tests/gateway

chaos: $(VENV)/.dev  ## kill daemon, broker and consumer at random for a quarter of an hour; CHAOS="--seed 9" for another
	@deploy/need mosquitto pg_ctl
	$(BIN)/python -m tests.chaos $(CHAOS)
	$(BIN)/python -m tests.chaos --database postgresql $(CHAOS)
	$(BIN)/python -m tests.chaos --no-ack $(CHAOS)
	$(BIN)/python -m tests.chaos --door $(CHAOS)

soak: $(VENV)/.dev  ## steady traffic for an hour: memory flat, nothing lost; SECONDS=600 for less
	@deploy/need mosquitto
	$(BIN)/python -m tests.chaos.soak $(if $(filter-out 0,$(SECONDS)),$(SECONDS),3600)

test-browser: $(VENV)/.dev  ## the pages in Debian's Chromium: what a user does
	@deploy/need mosquitto chromium
	$(BIN)/python -m pytest -q tests/browser

screenshots: $(VENV)/.dev  ## docs/images anew, from the demo's live data
	@deploy/need mosquitto chromium
	IMAGES=docs/images $(BIN)/python -m pytest -q tests/browser/test_pages.py

budget: $(VENV)/.dev  ## instructions per read on the hot path, against tests/benchmarks/budget.json
	@deploy/need valgrind
	$(BIN)/python -m tests.benchmarks.budget

check: lint types contracts budget accuracy-short test wheel  ## all that CI does before `make test-system`

audit:  ## known vulnerabilities of what is installed, by pip-audit; fails too where it could not find out
	@mkdir -p build
	$(PYTHON) -m venv build/audit
	build/audit/bin/pip --disable-pip-version-check --quiet install 'pip-audit>=2.9'
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.txt

lint: $(VENV)/.dev  ## formatting and ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.dev  ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy

contracts: $(VENV)/.dev  ## who may import whom
	$(BIN)/lint-imports

fuzz: $(VENV)/.dev  ## coverage-guided fuzzing of all that reads what a reader sends; SECONDS=600 for each target
	$(PIP) install 'atheris>=3,<4'
	for target in framing report capabilities session; do \
		$(BIN)/python -m tests.fuzz.fuzz_llrp $$target -max_total_time=$(if $(filter-out 0,$(SECONDS)),$(SECONDS),60) || exit; \
	done

BENCHES := decode daemon latency growth million replay freeze baselines
bench: $(VENV)/.dev  ## all of docs/benchmarks anew, beside what a user would write, in one run; BENCH=--quick is short
	@deploy/need mosquitto mosquitto_pub
	for part in $(BENCHES); do $(BIN)/python -m tests.benchmarks.bench_$$part $(BENCH) || exit; done
	$(BIN)/python -m tests.benchmarks.summary

accuracy: $(VENV)/.dev  ## how often the door is right, beside the obvious methods; writes docs/accuracy-table.md
	$(BIN)/python tests/benchmarks/accuracy.py --write docs

accuracy-short: $(VENV)/.dev  ## the same with few scenes and lower bars, as a part of `make check`
	$(BIN)/python tests/benchmarks/accuracy.py --short

train: $(VENV)/.dev  ## train the door's networks anew, half an hour; TRAIN="--runs 60 --scenes 8 --out build/weights.json" for a try
	@mkdir -p build
	$(BIN)/python tests/benchmarks/train_portal.py $(TRAIN)

dashboards: $(VENV)/.dev  ## build the Grafana dashboards anew
	$(BIN)/python deploy/grafana/build.py

reference: $(VENV)/.dev  ## write docs/reference anew from the program
	$(BIN)/python docs/reference/build.py

pictures: $(VENV)/.dev  ## docs/images/grafana-*.svg anew: what the dashboards show of a site that is watched for three minutes
	@deploy/need mosquitto promtool
	$(BIN)/python -m tests.integration.watched docs/images 180

wheel: $(VENV)/.dev  ## build the wheel, install it in a clean environment and run it
	@rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --outdir build/wheel .
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/pip --disable-pip-version-check --quiet install --require-hashes -r requirements.txt
	build/wheel/venv/bin/pip --disable-pip-version-check --quiet install --no-deps build/wheel/*.whl
	cd build/wheel && venv/bin/returns-gateway --version && venv/bin/llrp-emulator --help >/dev/null
	cd build/wheel && venv/bin/returns-gateway epc decode 3074257BF7194E4000001A85
	cd build/wheel && PATH="/usr/sbin:$$PATH" venv/bin/returns-gateway demo --seconds 15 </dev/null

deb: $(VENV)/.dev  ## build the Debian package with its own virtual environment: build/deb/*.deb
	@rm -rf build/deb && mkdir -p build/deb
	$(BIN)/python -m build --wheel --outdir build/deb/wheel .
	PIP=$(BIN)/pip deploy/debian/build build/deb/wheel/*.whl

test-docs: wheel  ## every command of README and docs, with the installed wheel
	@deploy/need mosquitto mosquitto_pub promtool ip
	DOCS_VENV=build/wheel/venv $(BIN)/python -m pytest -q -m 'long or not long' tests/docs

test-alerts: $(VENV)/.dev  ## provoke each alert on a live daemon and see it fire and clear: five minutes
	@deploy/need mosquitto promtool
	$(BIN)/python -m pytest -s -m alerts tests/integration/test_alerts_live.py

test-system: deb  ## install the package on a Debian with a real systemd and see it work; needs root
	@deploy/need debootstrap systemd-nspawn lintian || true
	$(BIN)/python -m pytest -m system tests/system

requirements: $(VENV)/.dev  ## pin all dependencies with hashes (after a change in pyproject.toml)
	$(BIN)/pip-compile -q --upgrade --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-header --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile -q --upgrade --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-header --allow-unsafe --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml

clean:  ## remove what was built
	rm -rf build dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

$(VENV)/bin/python:
	@deploy/need python-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing returns-gateway into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing what the tests need into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runtime
