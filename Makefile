# Two commands: `make` sets up .venv and runs the whole pipeline; `make test` sets up and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
READY := $(VENV)/.ready

.DEFAULT_GOAL := run
.PHONY: run setup test test-fast stress lint format bench report plan dag docs site why lock clean clean-results help

# Snakemake reads an overlay before our Snakefile; if it cannot, its message names no file and no line.
CHECKED = $(if $(CONFIGFILE),$(BIN)/spinlearn check $(CONFIGFILE) &&) $(BIN)/snakemake
OVERLAY = $(if $(CONFIGFILE),--configfile $(CONFIGFILE))
LOGGER = $(if $(VERBOSE),,--logger spinlearn)

run: $(READY) ## set up, then run the whole pipeline (CONFIGFILE=mine.yaml: an overlay; VERBOSE=1: all that Snakemake says)
	@start=$$(date +%s); $(CHECKED) --cores $(CORES) --keep-going $(OVERLAY) $(LOGGER) && end=$$(date +%s) && \
		printf '%s\n' "" "Done in $$(( (end - start) / 60 )) min $$(( (end - start) % 60 )) s." && \
		$(BIN)/spinlearn summary results

setup: $(READY) ## set up .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "spinlearn needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

WORKERS ?= 2
test: $(READY) ## set up, then run all tests, WORKERS at a time
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-fast: $(READY) ## the tests that take seconds
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow"

KILLS ?= 24
stress: $(READY) ## tests with many kills (KILLS) at random moments and all damaged inputs
	SPINLEARN_KILLS=$(KILLS) SPINLEARN_KILL_SEED=$${SEED:-1} SPINLEARN_STRESS=1 \
		$(BIN)/python -m pytest tests/pipeline

lint: $(READY) ## every static check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/deptry src workflow_scripts docs

format: $(READY) ## put all code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

bench: $(READY) ## speed against peers, written to results/benchmarks/peers.md and .csv
	$(BIN)/python benchmarks/run.py --long

report: $(READY) ## bring results/report.html up to date
	$(BIN)/snakemake --cores $(CORES) results/report.html

plan: $(READY) ## say what a run would cost: jobs, core-hours, time, memory, disk (CORES, CONFIGFILE as for run)
	@$(BIN)/spinlearn plan --cores $(CORES) $(OVERLAY)

why: $(READY) ## say which jobs would run, and why (OPTIONS="--configfile ..." as for snakemake)
	$(BIN)/spinlearn why $(OPTIONS)

dag: $(READY) ## docs/dag.svg, the picture of the rules (needs graphviz)
	$(BIN)/python docs/draw_dag.py

docs: $(READY) ## renew config.yaml, its JSON Schema and reference, envs/, docs/data.md and reruns.md
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_reruns.py

site: $(READY) ## the documentation as web pages, in build/site (runs the tutorial; warnings are errors)
	rm -rf docs/api
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet \
		--doctree-dir build/doctrees docs build/site

MKL := intel-cmplr-lib-ur|intel-openmp|mkl|pypardiso|tbb|tcmlib|umf
MKL_MARKER := platform_machine == "x86_64" and sys_platform == "linux"

lock: ## write the newest versions that pyproject.toml allows into requirements.lock
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet torch==2.13.0 setuptools
	.lock-venv/bin/python -m pip install --quiet --editable ".[dev,slurm]"
	{ sed -n '/^#/p' requirements.lock; .lock-venv/bin/python -m pip freeze --all --exclude-editable \
		| grep -v '^pip=='; } | sed -E -e 's/\+cpu$$//' -e 's/^($(MKL))==.*/& ; $(MKL_MARKER)/' > requirements.lock.new
	mv requirements.lock.new requirements.lock
	rm -rf .lock-venv

clean-results: ## remove everything that the pipeline made
	rm -rf results debug .snakemake

clean: clean-results ## remove results and the environment
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache build docs/api
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16
