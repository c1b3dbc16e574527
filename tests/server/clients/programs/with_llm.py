"""`llm`, with a model of extra-openai-models.yaml: `python with_llm.py BASE_URL KEY STEP`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BASE_URL, KEY, STEP = sys.argv[1:]
QUESTION = "What is the capital of France?"
TOOL = 'def get_weather(city: str) -> str:\n    """The weather in a city."""\n    return "sunny"\n'
MODELS = f"""
- model_id: guarded
  model_name: smollm2
  api_base: {BASE_URL}
  api_key_name: tlpo-guard
  supports_schema: true
  supports_tools: true
- model_id: guarded-responses
  model_name: smollm2
  api_base: {BASE_URL}
  api_key_name: tlpo-guard
  supports_schema: true
  supports_tools: true
  responses: true
"""


def llm(model: str, *arguments: str) -> str:
    options = ["-m", model, "-o", "temperature", "0"]
    command = [str(Path(sys.executable).with_name("llm")), *arguments, *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def chat(model: str) -> None:
    assert "Paris" in llm(model, QUESTION, "--no-stream", "-s", "Be brief.")


def stream(model: str) -> None:
    assert "Paris" in llm(model, QUESTION)


def tools(model: str) -> None:
    for streamed in ([], ["--no-stream"]):
        assert llm(model, QUESTION, "--functions", TOOL, "-o", "max_tokens", "40", *streamed).strip()


def structured(model: str) -> None:
    for streamed in ([], ["--no-stream"]):
        told = json.loads(llm(model, QUESTION, "--schema", SCHEMA, *streamed))
        assert isinstance(told["population"], int) and isinstance(told["city"], str)


def conversation(model: str) -> None:
    llm(model, QUESTION)
    assert "Rome" in llm(model, "-c", "And of Italy?")


SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 12},
            "population": {"type": "integer", "minimum": 0, "maximum": 99},
        },
        "required": ["city", "population"],
        "additionalProperties": False,
    }
)

with tempfile.TemporaryDirectory() as folder:
    os.environ["LLM_USER_PATH"] = folder
    (Path(folder) / "extra-openai-models.yaml").write_text(MODELS)
    (Path(folder) / "keys.json").write_text(json.dumps({"tlpo-guard": KEY}))
    for model in ("guarded", "guarded-responses"):
        globals()[STEP](model)
