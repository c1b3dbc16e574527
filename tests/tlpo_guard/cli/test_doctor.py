import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

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
