"""Which engine the settings ask for, and what is said where it cannot be had. No model."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from server.engines import build
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.settings import Settings, load_settings


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TLPO_GUARD_ENGINE", raising=False)


@pytest.mark.parametrize(("engine", "extra"), [("vllm", "vllm"), ("llama-cpp", "llama-cpp")])
def test_an_engine_that_is_not_installed_names_its_extra(
    engine: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'tlpo-guard\[{extra}\]'"):
        build.build_engine(load_settings(engine=engine))


def test_an_engine_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ConfigurationError, match=r"engine is 'tgi'.*'transformers', 'vllm' or 'llama-cpp'"):
        load_settings(engine="tgi")


def test_flags_for_an_engine_without_any_are_refused(bare: None) -> None:
    with pytest.raises(ConfigurationError, match="transformers takes no flags of its own; leave out smollm"):
        build.build_engine(load_settings(engine="transformers", engine_flags="smollm"))


def test_an_engine_gets_the_settings_and_is_imported_only_then(bare: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Module:
        @staticmethod
        def build(settings: Settings) -> Any:
            return settings.engine_flags

    imported: list[str] = []
    installed = importlib.util.find_spec
    monkeypatch.setattr(build, "find_spec", lambda name: None if name == "llama_cpp" else installed(name))
    monkeypatch.setattr(build, "import_module", lambda name: imported.append(name) or Module)
    assert build.build_engine(load_settings()) == ()
    monkeypatch.setattr(build, "find_spec", lambda name: object())
    flags = "--max-model-len 2048 --dtype 'float32'"
    assert build.build_engine(load_settings(engine="vllm", engine_flags=flags)) == (
        "--max-model-len",
        "2048",
        "--dtype",
        "float32",
    )
    assert imported == ["server.engines.transformers", "server.engines.vllm.build"]


@pytest.mark.parametrize(
    ("model", "cuda", "chosen"),
    [
        ("smollm2", False, "llama_cpp.build"),
        ("given.gguf", False, "llama_cpp.build"),
        ("given.gguf", True, "transformers"),
        ("owner/name", False, "transformers"),
    ],
)
def test_a_gguf_file_is_served_by_llama_cpp_on_a_cpu(
    model: str, cuda: bool, chosen: str, bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "given.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "find_spec", lambda name: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(build, "import_module", lambda name: SimpleNamespace(build=lambda settings: name))
    assert build.build_engine(load_settings(model=model)) == f"server.engines.{chosen}"
