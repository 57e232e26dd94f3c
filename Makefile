# Each target sets up what it needs in .venv: on a fresh machine `make lab` opens the course, `make test` passes the tests.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: lab test demo build site corpus bench lint coverage oldest clean

lab: .venv/course
	$(BIN)/jupyter lab --notebook-dir=. notebooks/1_energy.ipynb

test: .venv/dev
	@PYTHON=$(PYTHON) tools/system_packages.sh sandbox browser
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q -rs

demo: .venv/dev
	@PYTHON=$(PYTHON) tools/system_packages.sh sandbox
	$(BIN)/course simulate 24 --assignment 3_ddpm --shares right=30,wrong=40,broken=18,hostile=12 --out .course/demo/submitted
	$(BIN)/course grade 3_ddpm --submissions .course/demo/submitted --out .course/demo/marks || [ $$? = 3 ]  # 3: no sandbox to be had
	@[ ! -f .course/demo/marks/report.html ] || [ -n "$$CI" ] || $(BIN)/python -m webbrowser .course/demo/marks/report.html || true
	@[ ! -f .course/demo/marks/report.html ] || echo "The class's report: .course/demo/marks/report.html"

build: .venv/dev
	$(BIN)/course build

# the first time it runs all notebooks, which takes about half an hour; PROFILE=quick: a few minutes, with rough pictures
site: .venv/site
	OMP_NUM_THREADS=2 $(BIN)/python site/make.py --profile $(or $(PROFILE),cpu) $(if $(FRESH),--fresh)

corpus: .venv/dev
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.corpus

bench: .venv/peers
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/vulture

coverage: .venv/dev
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q --cov --cov-report=term --cov-report=html

# the quick tests once more, with the oldest versions that pyproject.toml admits
oldest: .venv/oldest
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 .venv/oldest/bin/python -m pytest -n 2 -q -m "not slow" --deselect tests/test_lint.py

clean:
	rm -rf .venv .course build dist *.egg-info

.venv/pip: pyproject.toml
	@PYTHON=$(PYTHON) tools/system_packages.sh venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

.venv/course: .venv/pip
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/pip
	$(BIN)/pip install --quiet --editable ".[grading,dev,site]"
	@touch $@

.venv/site: .venv/pip
	$(BIN)/pip install --quiet --editable ".[grading,site]"
	@touch $@

.venv/oldest: .venv/dev tools/oldest.py
	rm -rf $@ && $(PYTHON) -m venv $@
	$(BIN)/python tools/oldest.py > $@/oldest.txt
	$@/bin/pip install --quiet --constraint $@/oldest.txt --editable ".[grading]" pytest-xdist hypothesis || { rm -rf $@; exit 1; }
	@touch $@

.venv/peers: .venv/dev
	$(BIN)/pip install --quiet --editable ".[peers]"
	@touch $@
