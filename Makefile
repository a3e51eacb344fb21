# make run    the demonstration: recorder, a recorded pass over real UDP, and the desk
# make test   every check; what continuous integration runs
.PHONY: run test bench fuzz soak lint format translations lock screenshots clean
PY := .venv/bin/python

run:
	@.ci/setup.sh run
	@.venv/bin/okaeri demo $(ARGS)

test:
	@.ci/setup.sh test
	@$(MAKE) --no-print-directory lint
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q $(ARGS)

lint:
	@.ci/setup.sh test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

format:
	@.ci/setup.sh test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# Figures beside a peer's or a physical limit, from the same run; never asserted
bench:
	@.ci/setup.sh test
	@for b in tests/benchmarks/bench_*.py; do echo "== $$b"; QT_QPA_PLATFORM=offscreen $(PY) -m tests.benchmarks.$$(basename $$b .py) || exit 1; done

# Octets and definitions from strangers for a while, by coverage; needs Linux (atheris is installed here alone)
FUZZ_SECONDS ?= 60
fuzz:
	@.ci/setup.sh test
	@$(PY) -c "import atheris" 2>/dev/null || $(PY) -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	$(PY) -m tests.fuzz.fuzz_decoders -max_total_time=$(FUZZ_SECONDS) -max_len=1500 -rss_limit_mb=2048 -timeout=20 $(ARGS)

# Memory of recorder and desk over 30 minutes (ARGS="--seconds 600": less)
soak:
	@.ci/setup.sh test
	QT_QPA_PLATFORM=offscreen $(PY) -m tests.benchmarks.soak $(ARGS)

translations:
	@.ci/setup.sh test
	.venv/bin/pyside6-lupdate -no-obsolete -locations none $$(git ls-files 'console/desk/*.py') -ts assets/translations/okaeri_ja.ts
	.venv/bin/pyside6-lrelease assets/translations/okaeri_ja.ts -qm assets/translations/okaeri_ja.qm

# The pictures of the README: five and a half minutes of the demonstration, drawn without a screen
screenshots:
	@.ci/setup.sh run
	@mkdir -p assets/screenshots
	cd assets/screenshots && env -u DISPLAY -u WAYLAND_DISPLAY ../../.venv/bin/okaeri demo --seconds 330 --language en
	mv assets/screenshots/okaeri-demo.png assets/screenshots/desk-pass.png

# Pins for every supported Python; needs uv on the path
lock:
	uv pip compile --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate -q pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate -q --extra test pyproject.toml -o requirements-test.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
