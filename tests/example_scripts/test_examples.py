"""The examples, as a user would run them, on the packaged model."""

import gzip
import importlib.util
import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyarrow import parquet

from tests.cache import CACHE, small_model_folder
from tests.commands import warm_environment
from tests.processes import run_code
from tests.server.conftest import Server
from tests.tlpo_guard.cli.test_events import EVENTS
from tlpo_guard.events.store import EventStore
from tlpo_guard.models.names import bundled_gguf
from tlpo_guard.scan import Answer, Scanner

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(folder: Path, *command: str) -> str:
    """What a program prints; its folder is on no path of the product's."""
    done = subprocess.run(
        command, cwd=folder, env=warm_environment(), capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def run_script(folder: Path, name: str, *arguments: str) -> str:
    """As `run`, of a program in Python."""
    code = "import runpy, sys\nsys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    done = run_code(code, str(EXAMPLES / name), *arguments, cwd=folder, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_table_names_every_example() -> None:
    table = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.rglob("*"):
        if path.is_file() and path.name != "README.md" and "__pycache__" not in path.parts:
            assert f"`{path.relative_to(EXAMPLES)}`" in table, path


def test_the_guard_in_generate(tmp_path: Path) -> None:
    answer, *told = run_script(tmp_path, "own_generate.py", str(small_model_folder(CACHE))).splitlines()
    assert not Scanner("ko", allow_english=False).scan(Answer(answer)).drifts
    assert told and all("was kept out" in line for line in told)


def test_the_guard_in_llama_cpp(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    answer, told = run_script(tmp_path, "llama_cpp_script.py", str(bundled_gguf())).rsplit("\n", 2)[:2]
    assert not [d for d in Scanner("ko", allow_english=False).scan(Answer(answer)).drifts if d.kind == "script"]
    assert int(told.split()[0]) > 0


def test_the_guard_in_vllm(tmp_path: Path) -> None:
    if importlib.util.find_spec("vllm") is None:
        compile((EXAMPLES / "vllm_script.py").read_text(), "vllm_script.py", "exec")
        pytest.skip("vLLM is not installed")
    answer = run(tmp_path, sys.executable, str(EXAMPLES / "vllm_script.py"), str(small_model_folder(CACHE)))
    assert answer.strip()
    assert not Scanner("ko", allow_english=False).scan(Answer(answer.splitlines()[-1])).drifts


def test_a_year_of_logs_becomes_a_report(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    row = {"language": "ko", "completion": "오늘은 复杂 날씨입니다.", "created": "2026-01-01"}
    (logs / "a.jsonl").write_text(json.dumps(row) + "\n")
    with gzip.open(logs / "b.jsonl.gz", "wt") as file:
        file.write(json.dumps(row | {"created": "2026-02-01"}) + "\n")
    run(tmp_path, "bash", str(EXAMPLES / "scan_a_year.sh"), str(logs))
    assert parquet.read_table(tmp_path / "report.parquet").num_rows == 2
    page = (tmp_path / "report.html").read_text()
    assert "2026-01" in page and "2026-02" in page and "复杂" in page


def test_a_night_with_few_events_is_no_failure(tmp_path: Path) -> None:
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        store.add([replace(event, model=str(small_model_folder(CACHE))) for event in EVENTS])
    told = run(tmp_path, "bash", str(EXAMPLES / "nightly.sh"), str(tmp_path))
    assert told == "too few events yet\nnothing to delete\n"


def test_tlpo_on_data_of_ones_own(tmp_path: Path) -> None:
    told = run_script(tmp_path, "train_on_your_data.py", str(small_model_folder(CACHE)), "out")
    assert "points, adapter in out" in told
    assert (tmp_path / "out" / "adapter_model.safetensors").stat().st_size > 0


def test_policies_of_ones_own(tmp_path: Path) -> None:
    verdicts = run(tmp_path, sys.executable, str(EXAMPLES / "custom_policy.py")).splitlines()[1::2]
    fine, wrong = verdicts[::2], verdicts[1::2]
    assert [line.strip() for line in fine] == ["fine"] * 3
    for line, text in zip(wrong, ("很好", "这", "排序"), strict=True):
        assert line.startswith("    drifts: ") and text in line


def test_litellm_takes_its_configuration_to_the_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("TLPO_GUARD_API_KEY", server.key)
    import litellm

    config: dict[str, Any] = yaml.safe_load((EXAMPLES / "litellm" / "config.yaml").read_text())
    (model,) = config["model_list"]
    assert model["litellm_params"]["api_base"] == "http://127.0.0.1:8000/v1"
    model["litellm_params"]["api_base"] = f"{server.url}/v1"
    router = litellm.Router(model_list=config["model_list"], num_retries=config["litellm_settings"]["num_retries"])
    question = [{"role": "user", "content": "한국의 수도는 어디인가요?"}]
    answer = router.completion("guarded", messages=question, max_tokens=8)
    assert answer.guard["mode"] == "mask" and answer.guard["language"] == "ko"


def test_open_webui_is_told_of_the_server() -> None:
    compose = yaml.safe_load((EXAMPLES / "open-webui" / "compose.yaml").read_text())
    told = compose["services"]["open-webui"]["environment"]
    assert told["OPENAI_API_BASE_URL"].endswith(":8000/v1")
    assert "TLPO_GUARD_API_KEY" in told["OPENAI_API_KEY"]
    assert not any("sk-" in str(value) for value in told.values())
