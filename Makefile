# Every target works from a bare clone with Python 3.11: it makes its own virtual environment in .venv.
PYTHON ?= python3.11
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8000

# What an installation is made of, besides the modules, which are taken from where they are.
BUILT := setup.cfg setup.py $(wildcard router/speedups/*)

.PHONY: serve demo test lint audit sanitize lock train bench growth faults soak fuzz clean

serve: .venv/service  ## Serve the shipped model
	$(BIN)/complaint-router serve --host $(HOST) --port $(PORT)

demo: .venv/all  ## Serve 300 complaints of ours in a temporary database, to look at the desk
	$(BIN)/python -m benchmarks.demo --host $(HOST) --port $(PORT)

test: .venv/all  ## Run the tests
	$(BIN)/python -m pytest

lint: .venv/all  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: .venv/audit  ## Look for known vulnerabilities in what the service is locked to, and for weak spots in our code
	.ci/audit

sanitize: .venv/all  ## Test the compiled part under the sanitizers of gcc
	.ci/sanitize

lock: .venv/audit  ## Lock anew what the service is installed from (the Dockerfile), with digests
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --no-header --strip-extras --allow-unsafe --build-deps-for wheel --extra postgres --upgrade \
	    --output-file requirements.lock setup.cfg

train: .venv/all  ## Fit the corpus anew and promote the result
	$(BIN)/complaint-training promote "$$($(BIN)/complaint-training fit --data data)" --why "make train"

bench: .venv/bench  ## Measure speed, size and memory side by side with peers: some five minutes (BENCH="--quick": two)
	$(BIN)/python -m benchmarks $(BENCH)

growth: .venv/bench  ## Measure how costs grow with the work: some fifteen minutes (GROWTH="--most 10000": two)
	$(BIN)/python -m benchmarks.growth $(GROWTH)

ROUNDS ?= 100
faults: .venv/all  ## Kill the service ROUNDS times under load, on both databases: some ten minutes
	$(BIN)/python -m benchmarks.endurance --rounds $(ROUNDS) --record

MINUTES ?= 30
soak: .venv/all  ## Serve mixed traffic for MINUTES at 70 % of the measured maximum; draw memory and latency
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --record

TARGET ?= text
SECONDS ?= 3600
fuzz: .venv/all  ## Fuzz TARGET (text, corpus, bulk, artefact, backup) for SECONDS; atheris has wheels for Linux
	$(BIN)/pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python -m benchmarks.fuzzing $(TARGET) --seconds $(SECONDS) --kept build/fuzz/$(TARGET) --record

clean:  ## Remove what the other targets made
	rm -rf .venv build dist *.egg-info

.venv/bin/pip:
	@echo "Making a virtual environment in .venv"
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -m venv .venv || python3 -m venv .venv

.venv/service: $(BUILT) | .venv/bin/pip
	@echo "Installing the service and what it needs"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/all: $(BUILT) | .venv/bin/pip
	@echo "Installing the service, the training half and the tools"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[training,test]'
	@touch $@ .venv/service

.venv/audit: setup.cfg | .venv/all
	@echo "Installing what looks for known vulnerabilities"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[audit]'
	@touch $@

.venv/bench: setup.cfg | .venv/all
	@echo "Installing what the router is measured beside"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@
