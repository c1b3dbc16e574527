import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from tlpo_guard import engine_checks
from tlpo_guard.cli import create_app
from tlpo_guard.models.load import LoadedModel


@pytest.fixture
def folder(smollm2: LoadedModel, tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    smollm2.model.save_pretrained(folder)
    smollm2.tokenizer.save_pretrained(folder)
    return folder


def doctor(model: Path | str, data_dir: Path) -> Result:
    return CliRunner().invoke(create_app(), ["doctor", "--model", str(model), "--data-dir", str(data_dir)])


def test_a_good_installation(folder: Path, tmp_path: Path) -> None:
    done = doctor(folder, tmp_path / "data")
    assert done.exit_code == 0, done.output
    assert [line.split(maxsplit=1)[0] for line in done.stdout.splitlines()] == ["ok"] * 6
    assert "135 M parameters" in done.stdout
    assert "no events yet" in done.stdout
    assert "base" in done.stdout


def test_a_model_that_is_not_there_fails_its_row_only(tmp_path: Path) -> None:
    done = doctor("/no/such/model", tmp_path)
    assert done.exit_code == 1
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 1
    assert "/no/such/model does not exist; name a model folder" in failed[0]
    assert done.stderr == "error: 1 of the checks failed\n"


def test_a_data_directory_that_is_a_file(folder: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text(json.dumps({}))
    done = doctor(folder, occupied)
    assert done.exit_code == 1
    assert "cannot be written" in done.stdout
    assert "--data-dir" in done.stdout


def test_an_adapter_that_is_gone(folder: Path, tmp_path: Path) -> None:
    adapters = tmp_path / "data" / "adapters"
    adapters.mkdir(parents=True)
    (adapters / "CURRENT").write_text("v0009\n")
    done = doctor(folder, tmp_path / "data")
    assert done.exit_code == 1
    assert "FAIL adapter" in done.stdout
    assert "v0009" in done.stdout


def engine_doctor(engine: str) -> Result:
    return CliRunner().invoke(create_app(), ["doctor", "--engine", engine])


def test_an_engine_that_is_here() -> None:
    done = engine_doctor("transformers")
    assert done.exit_code == 0, done.output
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["ok", "versions"],
        ["ok", "package"],
        ["ok", "interface"],
    ]


def test_an_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_checks, "find_spec", lambda name: None)
    done = engine_doctor("sglang")
    assert done.exit_code == 1
    assert "FAIL package   sglang is not installed; run pip install 'tlpo-guard[sglang]'" in done.stdout


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vLLM by its files alone, and no GPU."""
    folder = tmp_path / "site" / "vllm"
    (folder / "v1" / "sample" / "logits_processor").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('vLLM was imported')")
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.delitem(sys.modules, "vllm", raising=False)
    monkeypatch.setattr(engine_checks, "shutil", SimpleNamespace(which=lambda name: None))
    for name in ("VLLM_PLUGINS", "VLLM_USE_V2_MODEL_RUNNER", "VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
        monkeypatch.delenv(name, raising=False)
    points = [EntryPoint("tlpo_guard", "tlpo_guard.integrations.vllm.processor:TlpoGuard", "")]
    monkeypatch.setattr(engine_checks, "entry_points", lambda group: points)
    return folder


def test_vllm_says_which_runner_and_whether_the_guard_is_found(vllm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = engine_doctor("vllm")
    assert done.exit_code == 0, done.output
    assert "logits processors of V1" in done.stdout
    assert "V1: with speculative decoding" in done.stdout
    assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING" in done.stdout
    monkeypatch.setenv("VLLM_USE_V2_MODEL_RUNNER", "1")
    assert "V2: the guard also runs" in engine_doctor("vllm").stdout
    monkeypatch.setenv("VLLM_PLUGINS", "other")
    assert "VLLM_PLUGINS=other leaves the guard out" in engine_doctor("vllm").stdout
    monkeypatch.setattr(engine_checks, "entry_points", lambda group: [])
    done = engine_doctor("vllm")
    assert done.exit_code == 1
    assert "FAIL plugins" in done.stdout and "vLLM would run unguarded" in done.stdout
