"""Calls in what models write."""

import json
from typing import Any

import pytest

from server.generation.tool_parser import ToolParser, ToolTurn
from server.planning.schemas import Message, Tool
from server.planning.tools import conversation

TOOL = Tool.model_validate({"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}})
CALL = {"name": "look", "arguments": {"where": "up"}}
HERMES = f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>"


def parsed(text: str, size: int, *, forced: bool = False, parallel: bool = True) -> tuple[str, list[tuple[str, Any]]]:
    parser = ToolParser(ToolTurn(frozenset({"look"}), forced, parallel))
    out = "".join(parser.feed(text[i : i + size]) for i in range(0, len(text), size)) + parser.close()
    return out, [(call.name, json.loads(call.arguments)) for call in parser.calls]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
@pytest.mark.parametrize(
    ("text", "rest", "calls"),
    [
        (HERMES, "", 1),
        (f"I look. {HERMES}", "I look. ", 1),
        (f"{HERMES}\n{HERMES}", "\n", 2),
        (f"[TOOL_CALLS] [{json.dumps(CALL)}]", "", 1),
        (f"<|python_tag|>{json.dumps(CALL)}", "", 1),
        ('{"name": "look", "parameters": {"where": "up"}}', "", 1),
        ("No call < here.", "No call < here.", 0),
        ('{"name": "unknown", "arguments": {}}', '{"name": "unknown", "arguments": {}}', 0),
        ("<tool_call>nonsense</tool_call>", "<tool_call>nonsense</tool_call>", 0),
        ("{broken", "{broken", 0),
    ],
)
def test_calls_are_taken_out_and_the_rest_stays(text: str, rest: str, calls: int, size: int) -> None:
    assert parsed(text, size) == (rest, [("look", {"where": "up"})] * calls)


def test_a_forced_answer_is_the_call_itself_and_without_parallel_calls_there_is_one() -> None:
    assert parsed(json.dumps(CALL), 5, forced=True) == ("", [("look", {"where": "up"})])
    assert parsed(f"{HERMES}{HERMES}", 4, parallel=False) == ("", [("look", {"where": "up"})])


def test_a_template_without_tools_is_told_of_them_in_words() -> None:
    talk = [
        Message(role="user", content="Look up."),
        Message.model_validate(
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "look", "arguments": "{}"}}]}
        ),
        Message(role="tool", content="sky", tool_call_id="1"),
    ]
    plain = conversation(talk, [TOOL], "{{ messages }}")
    assert [turn["role"] for turn in plain] == ["system", "user", "assistant", "user"]
    assert '"look"' in plain[0]["content"] and "<tool_call>" in plain[2]["content"] and "sky" in plain[3]["content"]
    native = conversation(talk, [TOOL], "{{ messages }} {{ tools }}")
    assert [turn["role"] for turn in native] == ["user", "assistant", "tool"]
    assert native[1]["tool_calls"][0]["function"] == {"name": "look", "arguments": {}}
