"""The stages on a small model and data of their own."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from benchmarks.prompts import training_prompts
from benchmarks.quality import stages, statistics
from benchmarks.quality.ability.questions import questions_of_package
from benchmarks.quality.ability.texts import unseen_texts
from benchmarks.quality.cli import app
from benchmarks.quality.models import TRAINING, subjects
from benchmarks.quality.prompts import held_out, training
from benchmarks.quality.repetition import figures
from benchmarks.quality.rows import read_verdicts, write_json
from distill.config import LoraSettings
from distill.policy_model.trainable import with_new_adapter
from tests.cache import CACHE
from tlpo_guard.models.load import load_model

KOREAN = [
    "건강에 좋은 음식을 알려 주세요.",
    "바다는 왜 파란가요?",
    "시를 영어로 번역해 주세요.",
    "비가 오는 이유는 무엇인가요?",
]
GERMAN = ["Warum ist der Himmel blau?", "Wie koche ich ein Ei?", "Was ist ein Wald?", "Wer hat das Rad erfunden?"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder as the benchmarks read it: prompts, and the archive of the Language Confusion Benchmark."""
    folder = tmp_path / "data"
    (folder / "prompts").mkdir(parents=True)
    (folder / "lcb" / "outputs").mkdir(parents=True)
    for language, texts in (("ko", KOREAN), ("de", GERMAN)):
        lines = "".join(json.dumps({"prompt": text, "language": language}) + "\n" for text in texts)
        (folder / "prompts" / f"{language}.jsonl").write_text(lines, encoding="utf-8")
    with zipfile.ZipFile(folder / "lcb" / "test_sets.zip", "w") as archive:
        for language, texts in (
            ("ko", KOREAN[1:]),
            ("de", [*GERMAN[1:], "Was kostet ein Brot?"]),
            ("en", ["Why does it rain?"]),
        ):
            file = io.StringIO()
            rows = csv.DictWriter(file, ["prompt"])
            rows.writeheader()
            rows.writerows({"prompt": text} for text in texts)
            archive.writestr(f"test_sets/monolingual/native/{language}.csv", file.getvalue())
    _completions(folder / "lcb" / "outputs" / "gpt-4-turbo.csv")
    return folder


def _completions(path: Path) -> None:
    """Another model's answers, one of them to be left out."""
    answers = {
        "ko": [
            "바닷물이 빛을 흩어지게 하기 때문입니다.",
            "Because the water scatters the light.",
            "구름 속의 물방울이 커지기 때문입니다.",
        ],
        "de": ["Man legt das Ei in kochendes Wasser und wartet.", "Ein Wald besteht aus vielen Bäumen."],
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, ["id", "model", "completion", "task", "source", "language"])
        rows.writeheader()
        common = {"model": "gpt-4-turbo", "task": "monolingual", "source": "native_prompts"}
        for language, texts in answers.items():
            rows.writerows(
                {"id": i, "completion": text, "language": language, **common} for i, text in enumerate(texts)
            )


def test_unseen_texts_are_another_models_clean_ones_with_their_prompts(data, smollm2):
    found = unseen_texts(data, smollm2.tokenizer, ["ko", "de"], 9)
    texts = {tag: [smollm2.tokenizer.decode(c.ids) for c in by_id.values()] for tag, by_id in found.items()}
    assert texts["de"] == ["Man legt das Ei in kochendes Wasser und wartet.", "Ein Wald besteht aus vielen Bäumen."]
    assert texts["ko"] == ["바닷물이 빛을 흩어지게 하기 때문입니다.", "구름 속의 물방울이 커지기 때문입니다."]
    assert GERMAN[2] in smollm2.tokenizer.decode(list(found["de"].values())[1].prompt_ids)


def test_no_prompt_is_trained_on_and_measured_on(data):
    trained, measured = training("de", data), [prompt.text for prompt in held_out("de", data, 50)]
    assert trained == GERMAN[1:3]
    assert measured == ["Warum ist der Himmel blau?", "Wer hat das Rad erfunden?", "Was kostet ein Brot?"]
    korean = [prompt.text for prompt in held_out("ko", data, 200)]
    assert not set(korean) & {*KOREAN[1:3], *training_prompts("ko")} and len(set(korean)) == len(korean) > 40
    assert "시를 영어로 번역해 주세요." not in korean  # names a language
    ids = [prompt.id for prompt in held_out("ko", data, 200)]
    assert ids == [prompt.id for prompt in held_out("ko", data, 200)] and len(set(ids)) == len(ids)


def test_an_answer_cut_at_a_length_ends_there_or_has_not_ended():
    assert figures([1, 2, 3], 8) == {"ended": 1.0, "length": 3.0, "distinct-4": 1.0, "loops": 0.0}
    assert figures([1, 2] * 20, 8) == {"ended": 0.0, "length": 8.0, "distinct-4": 0.4, "loops": 1.0}


def test_adapters_of_one_name_are_its_seeds(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    found = subjects([f"tlpo={tmp_path}", f"tlpo={tmp_path}", f"dpo={tmp_path}"])
    assert [subject.label for subject in found] == ["base-0", "tlpo-0", "tlpo-1", "dpo-0"]
    for wrong in ("tlpo", f"base={tmp_path}", f"a-b={tmp_path}", "tlpo=nowhere"):
        with pytest.raises(Exception, match=r"write NAME=FOLDER|holds no adapter"):
            subjects([wrong])


def test_questions_of_the_package_have_one_right_choice(tmp_path):
    import tarfile

    task = {
        "examples": [
            {"input": "How many legs?", "target_scores": {"two": 0, "four": 1}},
            {"input": "Both?", "target_scores": {"a": 1, "b": 1}},
        ]
    }
    archive = tmp_path / "bigbench.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        for name in ("general_knowledge", "not_listed"):
            content = json.dumps(task).encode()
            member = tarfile.TarInfo(f"bigbench-1.0.0/bigbench/benchmark_tasks/{name}/task.json")
            member.size = len(content)
            files.addfile(member, io.BytesIO(content))
    found = list(questions_of_package(archive, 10))
    assert found == [
        {"question": "How many legs?", "choices": ["two", "four"], "answer": 1, "task": "general_knowledge"}
    ]


def by_letters(judged: Path) -> int:
    return sum(verdict.confused["Unicode"] for verdict in read_verdicts(judged))


def test_all_stages_follow_each_other_and_a_second_run_makes_nothing_again(data, tmp_path, small_model, monkeypatch):
    monkeypatch.setattr(stages, "SHORT", 6)
    monkeypatch.setattr(statistics, "_REPLICATES", 200)
    monkeypatch.setattr(statistics, "_FLIPS", 2_000)
    loaded = load_model(str(small_model), cache_dir=CACHE)
    adapter = with_new_adapter(loaded, LoraSettings(rank=2))
    adapter.save_pretrained(str(tmp_path / "adapter"))
    write_json(tmp_path / "adapter" / TRAINING, {"cpu_seconds": 7})
    out = tmp_path / "out"
    out.mkdir()
    question = {"question": "How many legs do horses have?", "choices": ["four", "two"], "answer": 0}
    (out / "questions.jsonl").write_text(json.dumps(question) + "\n", encoding="utf-8")
    common = ["--out", str(out), "--model", str(small_model), "--cache-dir", str(CACHE)]
    chosen = ["--data", str(data), "--adapter", f"tlpo={tmp_path / 'adapter'}", "--languages", "ko,de"]
    size = ["--prompts", "4", "--draws", "2", "--long-draws", "1", "--tokens", "9", "--selective", "2"]

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def refused(why: str, *arguments: str) -> None:
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, env={"COLUMNS": "2000"})
        assert result.exit_code == 2 and why in result.output and "remove it" in result.output, result.output

    run("answers", *chosen, *common, *size)
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*.jsonl")}
    assert len(made) == 1 + 2 * (2 * 2 + 1 + 3)  # held-out in two draws, English, three pairs of languages
    assert {path.name for path in made if path.name.startswith("ko-") and path.parent.name == "held-out"} == {
        "ko-0-9.jsonl",
        "ko-1-6.jsonl",  # the second draw is short
    }
    run("answers", *chosen, *common, *size)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    run("answers", *chosen, *common, *size, "--masked")
    masked = {path.name for path in (out / "answers" / "masked-0").rglob("*.jsonl")}
    assert masked == {
        f"{language}-{draw}.jsonl" for language in ("ko", "de") for draw in ("0-9", "1-6")
    }  # held-out ones alone
    refused("temperature 0.6, now 1.5", "answers", *chosen, *common, *size, "--temperature", "1.5")
    refused('prompts "4 (', "answers", *chosen, *common, *size, "--prompts", "3")
    refused('now "no-such-model"', "answers", *chosen, *common, *size, "--model", "no-such-model")
    run("judge", *common)
    confused = {
        label: by_letters(out / "judged" / label / "held-out" / "ko-0-9.jsonl") for label in ("base-0", "masked-0")
    }
    assert confused["base-0"] > 0 == confused["masked-0"]
    run("ability", *chosen, *common, "--small")
    text = run("table", "--out", str(out))
    assert "Confused answers, held-out prompts" in text and "6 tokens" in text and "9 tokens" in text
    kept = json.loads((out / "quality.json").read_text(encoding="utf-8"))["methods"]["tlpo"]
    assert {row["measure"] for row in kept["kl"]} >= {"English KL"}
    assert all(abs(row["value"]) < 1e-3 for row in kept["kl"])  # an adapter that has learnt nothing
    assert {row["measure"] for row in kept["ability"]} >= {"minimal pairs", "multiple choice", "relevance"}
    assert kept["cpu_seconds"] == 7.0
    (out / "ability" / "tlpo-0.json").unlink()
    run("ability", *chosen, *common, "--likelihoods-alone")  # which the base's file holds among all
    refused('questions none, now "1 (', "ability", *chosen, *common, "--small")
    measured = json.loads((out / "ability" / "tlpo-0.json").read_text(encoding="utf-8"))
    assert set(measured) == {"CPU seconds", "clean text", "clean-text KL", "English text", "English KL"}
    with torch.no_grad():
        next(p for p in adapter.parameters() if p.requires_grad).add_(1.0)
    adapter.save_pretrained(str(tmp_path / "adapter"))
    refused('adapter "1 (', "answers", *chosen, *common, *size)
    refused('adapter "1 (', "ability", *chosen, *common, "--likelihoods-alone")


def test_draws_of_a_language_have_seeds_of_their_own():
    seeds = {stages.draw_seed(language, draw) for language in ("ko", "zh") for draw in range(3)}
    assert len(seeds) == 6 and stages.draw_seed("ko", 0) in seeds
