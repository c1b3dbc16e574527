import json
import sqlite3
from pathlib import Path

import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from benchmarks.quality.cli import app
from benchmarks.quality.training import questions_of_file, training_questions
from distill.config import LoraSettings
from distill.policy_model.trainable import with_new_adapter
from tests.benchmarks.quality.test_stages import GERMAN, data
from tests.cache import CACHE
from tlpo_guard.models.load import load_model

__all__ = ["data"]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def test_ordinary_fine_tuning_goes_on_with_an_adapter_and_begins_one_for_the_base(data, tmp_path, small_model):
    loaded = load_model(str(small_model), cache_dir=CACHE)
    with_new_adapter(loaded, LoraSettings(rank=2)).save_pretrained(str(tmp_path / "adapter"))
    arguments = ["tune", "--data", str(data), str(tmp_path / "tuned"), "--adapter", f"tlpo={tmp_path / 'adapter'}"]
    arguments += ["--steps", "2", "--model", str(small_model), "--cache-dir", str(CACHE), "--languages", "ko,de"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    before, after = weights(tmp_path / "adapter"), weights(tmp_path / "tuned" / "tlpo-0")
    assert before.keys() == after.keys() and any(not torch.equal(before[name], after[name]) for name in before)
    of_base = weights(tmp_path / "tuned" / "base-0")
    assert any("lora_B" in name and bool(tensor.any()) for name, tensor in of_base.items())


def test_so_many_training_prompts_are_asked_with_each_seed(data):
    assert training_questions(data, ["de"], None, [3]) == [("de", GERMAN[1], 3), ("de", GERMAN[2], 3)]
    assert training_questions(data, ["de"], 1, [3, 4]) == [("de", GERMAN[1], 3), ("de", GERMAN[1], 4)]
    some = training_questions(data, ["ko"], 8, [0])
    assert len(set(some)) == 8 and set(some) < set(training_questions(data, ["ko"], None, [0]))


def test_a_log_has_the_answers_to_conversations_of_a_file_beside_what_it_had(data, tmp_path):
    document = [{"role": "system", "content": "[1] 博物馆每天九点开门。"}, {"role": "user", "content": "언제 열어요?"}]
    file, log = tmp_path / "documents.jsonl", tmp_path / "log"
    log.mkdir()
    (log / "cache").symlink_to(CACHE, target_is_directory=True)
    file.write_text(json.dumps({"messages": document, "language": "ko"}), encoding="utf-8")
    assert questions_of_file(file, [1]) == [("ko", document, 1)]
    common = ["log", "--data", str(data), str(log), "--tokens", "3"]
    for further in (["--languages", "de", "--prompts", "1"], ["--prompts-file", str(file), "--answers", "2"]):
        result = CliRunner().invoke(app, [*common, *further], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    with sqlite3.connect(log / "events.sqlite3") as events:
        answered = events.execute("SELECT language, sum(answers) FROM traffic WHERE span = 3600 GROUP BY language")
        assert dict(answered.fetchall()) == {"de": 1, "ko": 2}
