# What a developer types. `make demo` and `make test` need nothing but git, make and Python 3.11:
# the first of them sets up .venv (system packages too, when root or sudo is there), the next do not.

LANE ?= mantrap
TOKEN ?= qr
FINGER ?= sensor
READERS ?= $(if $(filter mixed,$(TOKEN)),camera,serial)
SEED ?= 1
N ?= 10000
PAGES ?= 3000
SECONDS ?= 20
VOICES ?= .bench/voices
PYTHON := .venv/bin/python
READY := .venv/.ready
ATHERIS := .bench/atheris
TRAINING := .bench/training
BATCHES ?= 800 800
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo bench bench-chip bench-face soak corpus fuzz test lint clean bench-codes bench-pad train-mrz bench-mrz bench-finger bench-pages screenshots voices faults bench-mrz-fresh

help:
	@echo "make demo [LANE=mantrap|turnstile] [SEED=n] [ALL=1]   travellers through the bench, in real time"
	@echo "make demo TOKEN=chip [READERS=camera] ...             ... with chip documents, page and code read by cameras"
	@echo "make demo TOKEN=mixed ...                             ... both in turn, by cameras, and all who deceive"
	@echo "make demo FINGER=host ONLY=90_face_and_finger        ... one scenario, the finger compared on this machine"
	@echo "make bench [LANE=mantrap|turnstile]                   the figures, measured, beside their targets"
	@echo "make bench-chip                                       reading chip documents, beside targets and a peer"
	@echo "make bench-face DATA=DIR                              the matcher on labelled pictures: error rates, DET plot"
	@echo "make bench-codes                                      reading spoilt codes, beside targets and peers"
	@echo "make bench-pad [N=200]                                presentation attacks: error rates by kind, with bounds"
	@echo "make bench-mrz                                        zones read from pictures, beside peers"
	@echo "make bench-mrz-fresh [PAGES=3000] [SEED=n]            what each limit takes of new pages"
	@echo "make bench-finger                                     the fingerprint sensor: faults and times, beside a peer"
	@echo "make screenshots                                      the pictures of the README, made anew"
	@echo "make voices [VOICES=DIR]                              the screen's lines, spoken by espeak-ng"
	@echo "make bench-pages [SECONDS=60]                         ten lanes on an officer's console: rates, memory"
	@echo "make soak [N=10000] [SEED=n]                          passages under a virtual clock, with faults"
	@echo "make corpus                                           every document with a fault, and what told"
	@echo "make faults [WHOLE=1]                                 every fault of the simulators, and what the self-test says"
	@echo "make fuzz [TARGET=name] [SECONDS=n]                   what hostile bytes reach, n seconds each"
	@echo "make train-mrz [BATCHES='800 800'] [SEED=n]           the network that reads MRZ strips, made anew"
	@echo "make test                                             lint, types, contracts and every test"
	@echo "make lint                                             the quick part of it"
	@echo "make setup                                            only make .venv ready"
	@echo "make clean                                            remove what was built, .venv too"

setup: $(READY)

$(READY): requirements-dev.txt requirements-models.txt pyproject.toml .ci/setup
	@.ci/setup

demo: $(READY)
	@$(PYTHON) -m simulators demo --lane $(LANE) --token $(TOKEN) --readers $(READERS) --seed $(SEED) --finger $(FINGER) $(if $(ALL),--all) $(if $(ONLY),--only $(ONLY))

bench: $(READY)
	@$(PYTHON) -m simulators figures --lane $(LANE)

bench-chip: $(READY)
	@$(PYTHON) -m tests.bench_chip

bench-face: $(READY)
	@$(PYTHON) -m tests.bench_face $(DATA)

bench-codes: $(READY)
	@$(PYTHON) -m tests.bench_codes

bench-pad: $(READY)
	@$(PYTHON) -m tests.bench_pad $(if $(filter command line,$(origin N)),--sequences $(N))

bench-finger: $(READY)
	@$(PYTHON) -m tests.bench_finger

bench-mrz: $(READY)
	@$(PYTHON) -m tests.bench_mrz

bench-mrz-fresh: $(READY)
	@$(PYTHON) -m tests.bench_mrz.fresh --pages $(PAGES) --seed $(SEED)

screenshots: $(READY)
	@$(PYTHON) -m tests.pages.screenshots

voices: $(READY)
	@$(PYTHON) -m egate pages voices $(VOICES)

bench-pages: $(READY)
	@$(PYTHON) -m tests.bench_pages --seconds $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)

soak: $(READY)
	@$(PYTHON) -m tests.soak --passages $(N) --seed $(SEED)

$(ATHERIS)/.ready: requirements-fuzz.txt | $(READY)
	@rm -rf $(ATHERIS)
	@$(PYTHON) -m pip install -qq --require-hashes --only-binary :all: --no-deps \
		--target $(ATHERIS) --requirement requirements-fuzz.txt
	@touch $@

fuzz: $(READY) $(ATHERIS)/.ready
	@PYTHONPATH=$(ATHERIS) $(PYTHON) -m tests.fuzz --seconds $(SECONDS) $(if $(TARGET),--target $(TARGET))

$(TRAINING)/.ready: requirements-training.txt | $(READY)
	@rm -rf $(TRAINING)
	@$(PYTHON) -m venv $(TRAINING)
	@$(TRAINING)/bin/python -m pip install -qq --require-hashes --only-binary :all: --no-deps \
		--retries 0 --find-links https://download.pytorch.org/whl/cpu/torch/ \
		--requirement requirements-training.txt
	@touch $@

train-mrz: $(TRAINING)/.ready
	@PYTHONPATH=. $(TRAINING)/bin/python -m simulators.mrz_training.train --batches $(BATCHES) --seed $(SEED)

faults: $(READY)
	@$(PYTHON) -m tests.faults $(if $(WHOLE),--whole)

corpus: $(READY)
	@$(PYTHON) -m tests.corpus

lint: $(READY)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-cache

test: lint
	$(PYTHON) -m pytest -q --durations=10

clean:
	rm -rf .venv .bench dist build .coverage
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
