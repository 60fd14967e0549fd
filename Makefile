# Every target does its own set-up. You need Python 3.11 or newer, git and make. uv is used if it is
# installed, and otherwise installed into the environment.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv || echo $(BIN)/uv)
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
TESTS ?= tests
# The seconds that `make fuzz` runs.
TIME ?= 60
# Many tests wait for processes, sockets and deadlines, so there are two workers per core. `make bench`
# replaces the timings of langchain-tests.
EXTRAS = emulator,emulator-graphs,emulator-speech,fast,langgraph,mmr,progress,serve,webhooks
FAST = not slow and not contract and not browser and not ray
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
PYTEST = python -m pytest -q -n $(WORKERS) --dist worksteal --benchmark-disable

# Processes share compiled modules: without them, each test process compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# The documents and questions of `make demo`; for example: make demo DOCS=~/notes Q="Where is the key?"
DOCS ?= README.md docs
Q ?=
QUESTIONS = $(if $(Q),"$(Q)" $(DOCS),"How do I run the emulator with its data on disk?" $(DOCS) \
	-q "What does the history contain after a caller interrupts?" \
	-q "What does TelnyxRateLimiter do with a 429?")

.PHONY: help
help: ## Show this help.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.demo ## Answer questions from this repository's documents; DOCS=path and Q="…" for your own.
	@$(BIN)/langchain-telnyx ask $(QUESTIONS)

.PHONY: test
test: $(VENV)/.dev test-pessimistic ## Run the tests; those of adapters on a pessimistic service, too.
	$(BIN)/$(PYTEST) -m "$(FAST)" $(TESTS)

# Tests that run again with all quirks of the emulator in their least convenient form. Not in it:
# - client: it checks single requests, retries and errors on servers and emulators of its own, and
#   the adapters above it run here;
# - emulator, cassettes: they test the quirks themselves; contract: it compares the defaults with the
#   schema and third-party clients; stories: all slow; evaluation, soak, recordings: defaults only;
# - the other tests of transcription: no quirk affects what they parse and send; those of doctor:
#   they choose their quirks;
# - architecture, benchmarks, fuzzing, notebooks, properties, supply, support, transcripts,
#   typing: they have no emulator in a test.
PESSIMISTIC = $(addprefix tests/,standard chat_models vectorstores retrievers store)
PESSIMISTIC += $(addprefix tests/,assistants conversations document_loaders serve speech tools)
PESSIMISTIC += $(addprefix tests/,_shared batch cli embeddings fine_tuning insights middleware)
PESSIMISTIC += $(addprefix tests/,doctor/test_doctor.py transcription/test_transcription_loader.py)

.PHONY: test-pessimistic
# These tests wait for the slow service most of the time.
test-pessimistic: WORKERS = $(shell echo $$((3 * $$(getconf _NPROCESSORS_ONLN))))
test-pessimistic: $(VENV)/.dev ## Run the tests of adapters on a pessimistic service.
	$(BIN)/$(PYTEST) -m "$(FAST)" --telnyx-quirks pessimistic $(PESSIMISTIC)

.PHONY: ci
ci: PYTEST += --hypothesis-profile=repeatable
ci: lint type workflows test test-ray contract test-floor test-newest package licences audit ## Run everything that CI runs.

.PHONY: lint
lint: $(VENV)/.dev ## Check style.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: $(VENV)/.dev ## Fix style.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: type
type: $(VENV)/.dev ## Check types, with mypy and pyright.
	@# At the same time: each uses one core most of the time.
	$(BIN)/mypy & mypy=$$!; $(BIN)/pyright; pyright=$$?; wait $$mypy && exit $$pyright

.PHONY: bench
bench: $(VENV)/.dev ## Measure against other packages, and write docs/performance.md; creates environments in .bench.
	$(BIN)/python tests/benchmarks/bench.py $(ARGS)

.PHONY: live
live: $(VENV)/.dev ## Verify the assumptions about Telnyx with an API key, for a few cents; ARGS="--dry-run".
	@mkdir -p .live
	$(BIN)/langchain-telnyx doctor
	$(BIN)/langchain-telnyx doctor --live --quirks .live/quirks.json --cassette .live/cassette.jsonl \
		$(ARGS)

.PHONY: soak
soak: $(VENV)/.dev ## Measure the guarantees of docs/reliability.md, within 10 minutes; SOAK="--seed 2".
	$(BIN)/python tests/soak/soak.py $(SOAK)

.PHONY: evaluate
evaluate: $(VENV)/.dev ## Measure retrieval quality on a corpus; with an API key at Telnyx.
	$(BIN)/python -m tests.evaluation.evaluate $(ARGS)

.PHONY: contract
# The tests of a file share servers.
contract: WORKERS = $(shell getconf _NPROCESSORS_ONLN)
contract: $(VENV)/.dev ## Check client and emulator with the OpenAPI schema, SDKs and peers; creates environments in .judges.
	$(BIN)/$(PYTEST) --dist loadfile -m contract tests/contract

.PHONY: notebooks
notebooks: $(VENV)/.dev ## Run the notebooks and store their outputs; the tests compare.
	$(BIN)/python tests/notebooks/execute.py

.PHONY: test-notebooks-clean
test-notebooks-clean: $(VENV)/.dev ## Run each notebook in an environment of its own, with what it installs itself.
	rm -rf dist
	$(UV) build -q --python $(BIN)/python
	PYTHONPATH=. $(BIN)/python tests/notebooks/clean.py dist/*.whl

.PHONY: test-slow
test-slow: $(VENV)/.dev speech go test-ray-slow ## Run the tests that take minutes.
	$(BIN)/python -m pytest -m "slow and not ray" $(TESTS)

.PHONY: test-ray test-ray-slow
test-ray: .venv-ray/.ready ## Run a small job on a local Ray cluster.
	.venv-ray/bin/python -m pytest -q -m "ray and not slow" tests/batch/cluster
test-ray-slow: .venv-ray/.spark ## Kill workers of a local Ray cluster; run the recipes for Dask and Spark.
	.venv-ray/bin/python -m pytest -q -m "ray and slow" tests/batch/cluster

# Slow tests need flite, which synthesizes recordings, and ffmpeg, which encodes them.
.PHONY: speech
speech:
	@command -v flite >/dev/null && command -v ffmpeg >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y flite ffmpeg; } \
		|| { echo "flite and ffmpeg are needed: install them, or run this as root on Debian." >&2; exit 1; }

.PHONY: test-browser
test-browser: $(VENV)/.browser chromium ## Test the emulator's console in Chromium.
	$(BIN)/python -m pytest -q -n0 -m browser tests/browser

.PHONY: screenshots
screenshots: $(VENV)/.browser chromium ## Draw the pictures of docs/console.md and docs/ask.md.
	$(BIN)/python -m tests.browser.screenshots docs/images

# Inter is the font of the screenshots.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium fonts-inter; } \
		|| { echo "Chromium is needed: install it, or run this as root on Debian." >&2; exit 1; }

# A slow test runs the Go program of docs/control-plane.md.
.PHONY: go
go:
	@command -v go >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends golang-go; } \
		|| { echo "go is needed: install it, or run this as root on Debian." >&2; exit 1; }

# Tests of connections, which run with and without the extra `fast`.
ON_EVERY_TRANSPORT = tests/client/api/test_storage.py $(patsubst %,tests/client/http/test_%.py, \
	connections direct_transports extra_bytes http1 instrumented interrupts proxies stream_timeouts streams tls)

# Tests that depend on the versions of langchain-core and pydantic. The samples of engines' answers, which
# are many, run on all versions alike.
CORE = $(filter-out tests/chat_models/test_agents_on_samples.py,$(wildcard tests/chat_models/test_*.py)) \
	$(filter-out tests/chat_models/output/test_stream_samples.py, \
	$(wildcard tests/chat_models/output/test_*.py)) \
	$(addprefix tests/,chat_models/sending chat_models/structured chat_models/tool_binding middleware \
	standard tools/test_standard_tools.py test_package.py test_public_types.py)

.PHONY: test-floor
test-floor: .venv-floor/.ready ## Run tests on the lower bounds of requirements and on httpcore, with Python 3.12 if installed.
	TESTS_ON_HTTPCORE=1 .venv-floor/bin/$(PYTEST) -m "$(FAST) and not waits" $(CORE) \
		$(addprefix tests/,client/api/test_storage.py client/http client/test_json_reading.py \
		conversations/test_message_history.py embeddings/test_embeddings.py embeddings/test_vectors.py \
		retrievers store vectorstores/test_vectorstores.py _shared/test_migration.py \
		_shared/test_signatures.py)

.PHONY: test-fast
test-fast: $(VENV)/.dev ## Run the tests of connections with the extra `fast`, as `test-newest` does.
	TESTS_ON_HTTPTOOLS=1 $(BIN)/$(PYTEST) -m "$(FAST) and not waits" $(ON_EVERY_TRANSPORT)

.PHONY: test-newest
test-newest: .venv-newest/.ready ## Run tests on the newest langchain-core and with the extra `fast`, with Python 3.13 if installed.
	TESTS_ON_HTTPTOOLS=1 .venv-newest/bin/$(PYTEST) -m "$(FAST) and not waits" $(CORE) \
		tests/chat_models/test_agents_on_samples.py $(ON_EVERY_TRANSPORT)

# Prints a working Python of that version: pyenv also has shims for versions that are not active.
which-%:
	@for p in python$* "$$(pyenv root 2>/dev/null)"/versions/$*.*/bin/python; do \
		test "$$("$$p" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = $* \
			&& { "$$p" -c 'import sys; print(sys.executable)'; break; }; done; true

.PHONY: package
package: $(VENV)/.dev ## Build the package, and test it in a new environment with the README's commands.
	rm -rf dist .venv-wheel
	$(UV) build -q --python $(BIN)/python
	$(UV) venv -q --python $(BIN)/python .venv-wheel
	$(BIN)/python -m twine check --strict dist/*
	$(UV) pip install -q --python .venv-wheel/bin/python "$$(echo dist/*.whl)[langgraph]"
	cd dist && ../.venv-wheel/bin/python -W error -c "import langchain_telnyx as t; \
	[getattr(t, name) for name in t.__all__]; print('the wheel works:', t.__version__)"
	cd dist && ../.venv-wheel/bin/python -W error -m langchain_telnyx --version
	@# The README's command, and its example.
	$(UV) pip install -q --python .venv-wheel/bin/python ".[emulator]"
	cd dist && ../.venv-wheel/bin/python -c "import pathlib, re; exec(re.search( \
	'\`\`\`python\n(.*?)\`\`\`', pathlib.Path('../README.md').read_text(), re.DOTALL)[1])"
	$(MAKE) -s sbom

PYTHONS ?= 3.11 3.12 3.13 3.14

.PHONY: test-release
test-release: $(VENV)/.dev ## Try wheel and sdist on each installed Python, on the newest and the lowest requirements.
	rm -rf dist
	$(UV) build -q --python $(BIN)/python
	$(BIN)/python tests/release/try_distributions.py dist \
		$(foreach version,$(PYTHONS),$$($(MAKE) -s which-$(version) || true))

CONFORMS = .venv-supply/bin/check-jsonschema -q --builtin-schema

.PHONY: workflows
workflows: .venv-supply/.ready ## Check workflows and issue forms with their schemas and with zizmor.
	$(CONFORMS) vendor.github-workflows .github/workflows/*.yml
	$(CONFORMS) custom.github-workflows-require-timeout .github/workflows/*.yml
	$(CONFORMS) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(CONFORMS) vendor.github-issue-forms \
		$(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(CONFORMS) vendor.dependabot .github/dependabot.yml
	.venv-supply/bin/zizmor -q --offline --no-progress --persona pedantic .github

# The site-packages of an environment with the package and all its extras only.
SITE = "$$(.venv-runtime/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

.PHONY: sbom
sbom: .venv-supply/.ready .venv-runtime/.ready ## Write a bill of materials to dist/sbom.cdx.json, in CycloneDX format.
	mkdir -p dist
	.venv-supply/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type library \
		--output-reproducible --validate -o dist/sbom.cdx.json .venv-runtime/bin/python
	.venv-supply/bin/python tests/supply/sbom.py dist/sbom.cdx.json $(SITE)

.PHONY: licences
licences: .venv-runtime/.ready ## Check the licences of all installed packages.
	$(BIN)/python tests/supply/licences.py $(SITE)

.PHONY: audit
audit: .venv-supply/.ready .venv-runtime/.ready ## Look up advisories for all installed packages, if a source is available.
	.venv-supply/bin/python tests/supply/audit.py $(SITE)

.PHONY: fuzz
fuzz: .venv-fuzzing/.ready ## Fuzz the parsers of external input for TIME seconds; the tests replay the corpus.
	nice .venv-fuzzing/bin/python tests/fuzzing/run.py --time $(TIME) $(ARGS)

.PHONY: site
site: .venv-site/.ready ## Build the documentation site in build/site; warnings and broken links are errors.
	.venv-site/bin/python -m docs.site.build

.PHONY: clean
clean: ## Remove environments and build products.
	rm -rf .venv .venv-* .bench .judges .fuzzing .live .cache build dist

# The environments. Each is created once, and again when the requirements change.

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

# Without Playwright's own browsers.
$(VENV)/.browser: pyproject.toml $(VENV)/.dev
	$(UV) pip install -q --python $(BIN)/python --group browser
	@touch $@

.venv-runtime/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-runtime
	$(UV) pip install -q --python .venv-runtime/bin/python '.[all]'
	@touch $@

.venv-ray/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-ray
	$(UV) pip install -q --python .venv-ray/bin/python -e '.[emulator,ray]' --group ray
	@touch $@

.venv-ray/.spark: .venv-ray/.ready
	$(UV) pip install -q --python .venv-ray/bin/python --group spark
	@touch $@

.venv-fuzzing/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-fuzzing
	$(UV) pip install -q --python .venv-fuzzing/bin/python -e '.[emulator,langgraph]' --group fuzzing
	@touch $@

.venv-site/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python $(BIN)/python .venv-site
	$(UV) pip install -q --python .venv-site/bin/python --group site
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

# Without dependencies: an index may not have a requirement of the newest core yet.
.venv-newest/.ready: pyproject.toml $(VENV)/.dev
	$(UV) venv -q --clear --python "$$($(MAKE) -s which-3.13 | grep . || echo $(BIN)/python)" .venv-newest
	$(UV) pip install -q --python .venv-newest/bin/python -e '.[$(EXTRAS)]' --group test
	$(UV) pip install -q --python .venv-newest/bin/python --no-deps --upgrade langchain-core
	@touch $@
