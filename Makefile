# Every target does its own set-up. All that is needed is Python 3.11 or newer, git and make;
# uv is used where it is installed, and installed into the environment where it is not.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv || echo $(BIN)/uv)
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
TESTS ?= tests
# For how many seconds `make fuzz` runs.
TIME ?= 60
# Many tests wait for processes, sockets and deadlines, so there are two workers for each core. What
# langchain-tests would time is measured by `make bench` instead.
EXTRAS = emulator,emulator-graphs,emulator-speech,langgraph,mmr,progress,webhooks
FAST = not slow and not contract
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
PYTEST = python -m pytest -q -n $(WORKERS) --dist worksteal --benchmark-disable

# What `make demo` reads and asks; for example: make demo DOCS=~/notes Q="Where is the key?"
DOCS ?= README.md docs
Q ?=
QUESTIONS = $(if $(Q),"$(Q)" $(DOCS),"How do I run the emulator with its data on disk?" $(DOCS) \
	-q "What happens when a stream breaks off?" \
	-q "How do objects that other programs put into the bucket come back?")

.PHONY: help
help: ## Show this help.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.demo ## Ask this repository's own documents; DOCS=path and Q="…" to ask others.
	@$(BIN)/langchain-telnyx ask $(QUESTIONS)

.PHONY: test
test: $(VENV)/.dev ## Run the tests.
	$(BIN)/$(PYTEST) -m "$(FAST)" $(TESTS)

.PHONY: ci
ci: PYTEST += --hypothesis-profile=repeatable
ci: lint type test contract test-floor test-newest package licences audit ## Run everything that CI runs.

.PHONY: lint
lint: $(VENV)/.dev ## Check style.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: $(VENV)/.dev ## Mend style.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: type
type: $(VENV)/.dev ## Check types, with mypy and pyright.
	$(BIN)/mypy
	$(BIN)/pyright

.PHONY: bench
bench: $(VENV)/.dev ## Measure against langchain-openai; makes its own environments in .bench.
	$(BIN)/python tests/benchmarks/run.py $(ARGS)

.PHONY: soak
soak: $(VENV)/.dev ## Measure what docs/reliability.md promises, within 10 minutes; SOAK="--seed 2".
	$(BIN)/python tests/soak/soak.py $(SOAK)

.PHONY: evaluate
evaluate: $(VENV)/.dev ## Ask questions of a corpus, and count the right documents; with a key at Telnyx.
	$(BIN)/python tests/evaluation/evaluate.py $(ARGS)

.PHONY: contract
contract: $(VENV)/.dev ## Have third parties judge the client and the emulator; makes their environments in .judges.
	$(BIN)/python -m pytest -q -m contract tests/contract

.PHONY: notebooks
notebooks: $(VENV)/.dev ## Run the notebooks and store what they say; the tests compare.
	$(BIN)/python tests/notebooks/execute.py

.PHONY: test-slow
test-slow: $(VENV)/.dev speech ## Run the tests that take minutes.
	$(BIN)/python -m pytest -m slow $(TESTS)

# flite speaks the recordings that slow tests listen to, and ffmpeg writes them in each format.
.PHONY: speech
speech:
	@command -v flite >/dev/null && command -v ffmpeg >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y flite ffmpeg; } \
		|| { echo "flite and ffmpeg are needed: install them, or run this as root on Debian." >&2; exit 1; }

# What depends on the version of langchain-core.
CORE = $(addprefix tests/,chat_models conversations middleware retrievers standard store tools \
	vectorstores/test_vectorstores.py embeddings/test_embeddings.py _shared/test_migration.py \
	_shared/test_refused_options.py test_package.py test_public_types.py)

.PHONY: test-floor
test-floor: .venv-floor/.ready ## Run the tests on the oldest versions that are allowed and on httpcore, with Python 3.12 where it is.
	TESTS_ON_HTTPCORE=1 .venv-floor/bin/$(PYTEST) -m "$(FAST) and not waits" $(CORE) tests/client

.PHONY: test-newest
test-newest: .venv-newest/.ready ## Run the tests on LangChain's newest core, with Python 3.13 where it is.
	.venv-newest/bin/$(PYTEST) -m "$(FAST) and not waits" $(CORE)

# Prints a Python of that version that really runs: pyenv's shims stand there for those that do not.
which-%:
	@for p in python$* "$$(pyenv root 2>/dev/null)"/versions/$*.*/bin/python; do \
		test "$$("$$p" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = $* \
			&& { "$$p" -c 'import sys; print(sys.executable)'; break; }; done; true

.PHONY: package
package: $(VENV)/.dev ## Build the package, and try it in an environment of its own as the README has it.
	rm -rf dist .venv-wheel
	$(UV) build -q --python $(BIN)/python
	$(UV) venv -q --python $(BIN)/python .venv-wheel
	$(BIN)/python -m twine check --strict dist/*
	$(UV) pip install -q --python .venv-wheel/bin/python "$$(echo dist/*.whl)[langgraph]"
	cd dist && ../.venv-wheel/bin/python -W error -c "import langchain_telnyx as t; \
	[getattr(t, name) for name in t.__all__]; print('the wheel works:', t.__version__)"
	cd dist && ../.venv-wheel/bin/python -W error -m langchain_telnyx --version
	@# As the README has it, with the example that follows there.
	$(UV) pip install -q --python .venv-wheel/bin/python ".[emulator]"
	cd dist && ../.venv-wheel/bin/python -c "import pathlib, re; exec(re.search( \
	'\`\`\`python\n(.*?)\`\`\`', pathlib.Path('../README.md').read_text(), re.DOTALL)[1])"
	$(MAKE) -s sbom

# What the package installs with all its extras, and nothing else.
SITE = "$$(.venv-runtime/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

.PHONY: sbom
sbom: .venv-supply/.ready .venv-runtime/.ready ## Write what the package installs into dist/sbom.cdx.json, by CycloneDX's schema.
	mkdir -p dist
	.venv-supply/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type library \
		--output-reproducible --validate -o dist/sbom.cdx.json .venv-runtime/bin/python
	.venv-supply/bin/python tests/supply/sbom.py dist/sbom.cdx.json $(SITE)

.PHONY: licences
licences: .venv-runtime/.ready ## Check the licences of what the package installs.
	$(BIN)/python tests/supply/licences.py $(SITE)

.PHONY: audit
audit: .venv-supply/.ready .venv-runtime/.ready ## Ask for advisories about what the package installs, where a source of them can be reached.
	.venv-supply/bin/python tests/supply/audit.py $(SITE)

.PHONY: fuzz
fuzz: .venv-fuzzing/.ready ## Fuzz the readers of what others write for TIME seconds; the corpus is replayed by the tests.
	nice .venv-fuzzing/bin/python tests/fuzzing/run.py --time $(TIME) $(ARGS)

.PHONY: clean
clean: ## Remove environments and build products.
	rm -rf .venv .venv-* .bench .judges .fuzzing dist

# The environments. Each is made once, and again when the requirements change.

define make_venv
	@test -x $(1)/bin/python || if command -v uv >/dev/null; then \
		uv venv -q --no-python-downloads --python '>=3.11' $(1); \
	else test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 1; }; \
		$(PYTHON) -m venv $(1) && $(1)/bin/python -m pip install -q --disable-pip-version-check uv; fi
endef

$(VENV)/.demo: pyproject.toml
	$(call make_venv,$(VENV))
	$(UV) pip install -q --python $(BIN)/python -e '.[emulator,progress]'
	@touch $@

$(VENV)/.dev: pyproject.toml
	$(call make_venv,$(VENV))
	$(UV) pip install -q --python $(BIN)/python -e '.[$(EXTRAS)]' --group dev
	@touch $(VENV)/.demo $@

.venv-runtime/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-runtime
	$(UV) pip install -q --python .venv-runtime/bin/python '.[all]'
	@touch $@

.venv-fuzzing/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-fuzzing
	$(UV) pip install -q --python .venv-fuzzing/bin/python -e '.[emulator,langgraph]' --group fuzzing
	@touch $@

.venv-supply/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-supply
	$(UV) pip install -q --python .venv-supply/bin/python --group supply
	@touch $@

.venv-floor/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python "$$($(MAKE) -s which-3.12 | grep . || echo $(BIN)/python)" .venv-floor
	$(UV) pip install -q --python .venv-floor/bin/python --resolution lowest-direct \
		-e '.[$(EXTRAS)]' --group test
	@touch $@

# An index may lag behind a requirement of the newest core's own, so that is not asked for.
.venv-newest/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python "$$($(MAKE) -s which-3.13 | grep . || echo $(BIN)/python)" .venv-newest
	$(UV) pip install -q --python .venv-newest/bin/python -e '.[$(EXTRAS)]' --group test
	$(UV) pip install -q --python .venv-newest/bin/python --no-deps --upgrade langchain-core
	@touch $@
