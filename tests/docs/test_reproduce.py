"""The page on the paper's recipe: each command is run on the packaged model, in small, and each setting held against the code."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from distill.config import DistillConfig
from distill.recipes import RECIPES
from tests.cache import CACHE, small_model_folder
from tests.commands import TOGETHER, warm_environment
from tests.processes import run_code
from tlpo_guard.registry import open_registry

PAGE = (Path(__file__).parents[2] / "docs" / "reproduce.md").read_text(encoding="utf-8")
BLOCKS = [(kind, code) for kind, code in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
MODELS = {
    "llama": "meta-llama/Llama-3.1-8B-Instruct",
    "qwen": "Qwen/Qwen3-8B",
    "ministral": "mistralai/Ministral-8B-Instruct-2410",
    "gemma": "google/gemma-3-4b-it",
}
PROMPTS = [
    "스트레스를 줄이는 방법을 알려 주세요",
    "한국의 사계절을 설명해 주세요",
    "좋은 책을 추천해 주세요",
    "잠을 잘 자는 방법은 무엇인가요",
]
SMALL = {
    "TRAINING__MAX_STEPS": "2",
    "TRAINING__POINTS_PER_STEP": "2",  # one for each process
    "SELECTION__MIN_EVENTS": "1",
    "ROLLOUTS__MAX_NEW_TOKENS": "8",
    "ROLLOUTS__PER_PROMPT": "2",
    "EVALUATION__PROMPTS_PER_LANGUAGE": "2",
    "EVALUATION__ANSWERS_PER_PROMPT": "1",
    "EVALUATION__MAX_NEW_TOKENS": "4",
    "EVALUATION__WATCHED_PER_LANGUAGE": "0",
    "LEASE_SECONDS": "600",
}
LAUNCH = "accelerate launch --multi_gpu --num_processes 8"
HERE = (
    f"{shlex.quote(sys.executable)} -m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1"
    " --mixed_precision no --dynamo_backend no --main_process_port 0"
)
LIMIT = 900


def block(kind: str, start: str) -> str:
    """The only block of a kind that holds a text."""
    (found,) = [code for k, code in BLOCKS if k == kind and start in code]
    return found


def run(code: str, folder: Path, model: str, *, python: bool = False) -> "subprocess.CompletedProcess[str]":
    """A block, with another model and on two processes of this machine; on the packaged model, in ones of their own."""
    for name in MODELS.values():
        code = code.replace(name, model)
    code = code.replace(f"{LAUNCH} -m tlpo_guard", f"{HERE} -m tlpo_guard" if model == "smollm2" else TOGETHER)
    environment = warm_environment() | {f"TLPO_GUARD_DISTILL_{name}": value for name, value in SMALL.items()}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "NO_COLOR": "1"}
    if python:
        return run_code(code, cwd=folder, env=environment, merge=True, timeout=LIMIT)
    command = ["bash", "-eu", "-c", code]
    said = folder / "said.txt"
    with said.open("w") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            process.wait(LIMIT)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # a server that the block began
            process.wait()
    return subprocess.CompletedProcess(command, process.returncode, said.read_text(encoding="utf-8"), "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader stands, with prompts chosen by the page's first command."""
    rows = [{"instruction": f"{prompt}, {n}."} for prompt in PROMPTS for n in range(4)]
    rows.append({"instruction": "이 문장을 영어로 번역해 주세요: 나는 학생입니다."})
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "my-prompts.jsonl").write_text(text, encoding="utf-8")
    for name in (*MODELS, "whole"):
        (tmp_path / "out" / name).mkdir(parents=True)
        (tmp_path / "out" / name / "cache").symlink_to(CACHE, target_is_directory=True)
    # A small model answers in English rather than in a third script, so English counts here.
    done = run(block("sh", "distill prompts").replace("--out", "--strict --out"), tmp_path, "smollm2")
    assert done.returncode == 0, done.stdout
    assert "16 prompts in ko" in done.stdout and "1 left out: names a language" in done.stdout
    return tmp_path


@pytest.fixture(params=["small", pytest.param("packaged", marks=pytest.mark.long)])
def model(request: pytest.FixtureRequest) -> str:
    return "smollm2" if request.param == "packaged" else str(small_model_folder(CACHE))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "gemma" else pytest.mark.long) for name in MODELS]
)
def test_each_models_command_makes_a_version(folder: Path, model: str, name: str) -> None:
    code = block("sh", MODELS[name] + " --bf16")
    done = run(code, folder, model)
    versions = open_registry(folder / "out" / name / "adapters").list()
    assert len(versions) == 1, done.stdout
    (version,) = versions
    assert version.report is not None
    refused = 1 if model == "smollm2" else 3  # the launcher has an exit code of its own
    assert done.returncode == (0 if version.passed else refused), done.stdout
    assert [step["learning_rate"] > 0 for step in version.report["steps"]] == [True, True]
    assert "anchor_loss" not in version.report["steps"][0]
    assert version.report["selection"]["events_seen"] == 2 * 16


def test_a_whole_model_is_trained_and_saved(folder: Path, model: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from tlpo_guard.models.load import load_model

    code = block("python", "save_pretrained").replace("5e-7", "1e-4")  # so that two steps show
    done = run(code, folder, model, python=True)
    assert done.returncode == 0, done.stdout
    saved = AutoModelForCausalLM.from_pretrained(folder / "out" / "whole" / "model", dtype=torch.float32)
    base = load_model(model, cache_dir=CACHE, dtype=torch.float32, device="cpu").model
    changed = [n for n, p in saved.named_parameters() if not torch.equal(p, base.get_parameter(n))]
    assert len(changed) > len(dict(saved.named_parameters())) / 2


@pytest.mark.long
def test_the_papers_figures_of_base_and_adapter(folder: Path) -> None:
    done = run(block("sh", MODELS["llama"] + " --bf16"), folder, "smollm2")
    assert (folder / "out" / "llama" / "adapters" / "v0001").exists(), done.stdout
    rows = [{"prompt": f"{prompt}?"} for prompt in PROMPTS[:2]]
    (folder / "test-prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    question = {"question": "What do bees make?", "choices": ["paper", "honey"], "answer": 1}
    (folder / "questions.jsonl").write_text(json.dumps(question) + "\n", encoding="utf-8")
    code = block("sh", "--metrics paper").replace("--max-tokens 1024", "--max-tokens 16")
    done = run(code, folder, "smollm2")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("RPR, English counted") == 2
    assert done.stdout.count("3 answers, 0 failed") == done.stdout.count("questions.jsonl") == 2


def rows_of_settings() -> dict[str, tuple[object, object]]:
    """The values of the page's table of settings: the recipe's and the default's."""
    found = re.findall(r"^\| `(\w+)\.(\w+)` \| `([^|]+)` \| `([^|]+)` \| [^|]+ \|$", PAGE, re.MULTILINE)
    return {f"{part}.{name}": (json.loads(paper), json.loads(default)) for part, name, paper, default in found}


def test_the_table_has_every_setting_that_differs_with_both_values() -> None:
    default = DistillConfig()
    recipe = {f"{part}.{name}": value for part, values in RECIPES["paper"].items() for name, value in values.items()}
    usual = {key: getattr(getattr(default, key.split(".")[0]), key.split(".")[1]) for key in recipe}
    differing = {key: (value, usual[key]) for key, value in recipe.items() if value != usual[key]}
    assert rows_of_settings() == differing


def test_what_the_page_says_of_the_adapter_is_the_default() -> None:
    assert DistillConfig().lora.rank == 16 and DistillConfig().lora.target_modules == "all-linear"
    assert "a LoRA adapter of rank 16 on all linear layers" in PAGE
