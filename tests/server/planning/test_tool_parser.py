"""Calls in what models write."""

import json
from typing import Any

import pytest

from server.generation.calls import ToolTurn, whole_calls
from server.generation.tool_parser import ToolParser
from server.planning.schemas import Message, Tool
from server.planning.tools import conversation

TOOL = Tool.model_validate({"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}})
CALL = {"name": "look", "arguments": {"where": "up"}}
HERMES = f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>"


def parsed(text: str, size: int, *, forced: bool = False, parallel: bool = True) -> tuple[str, list[tuple[str, Any]]]:
    parser = ToolParser(ToolTurn(frozenset({"look"}), forced, parallel))
    brought = [parser.feed(text[i : i + size]) for i in range(0, len(text), size)] + [parser.close()]
    calls = whole_calls(piece for _, pieces in brought for piece in pieces)
    return "".join(text for text, _ in brought), [(call.name, json.loads(call.arguments)) for call in calls]


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
        ("<tool_call></tool_call>", "<tool_call></tool_call>", 0),
        ('<tool_call>{"arguments": {"where": "up"}, "name": "look"}</tool_call>', "", 1),
        ('<tool_call>{"type": "function", "name": "look", "arguments": {"where": "up"}}</tool_call>.', ".", 1),
        ('<tool_call>{"name": "look", "arguments": {"where": "up"}</tool_call> The end', " The end", 1),
        (r'<tool_call>{"name": "look", "arguments": "{\"where\": \"up\"}"}</tool_call>', "", 1),
        ('{"arguments": {"where": "up"}, "name": "look"}', "", 1),
        ('{"answer": [1, {"name": "look"}]}', '{"answer": [1, {"name": "look"}]}', 0),
        ('<tool_call>{"name": "look", "arg', '<tool_call>{"name": "look", "arg', 0),
    ],
)
def test_calls_are_taken_out_and_the_rest_stays(text: str, rest: str, calls: int, size: int) -> None:
    assert parsed(text, size) == (rest, [("look", {"where": "up"})] * calls)


def test_arguments_come_in_pieces_behind_the_name() -> None:
    parser = ToolParser(ToolTurn(frozenset({"look"}), False, True))
    said = [
        "<tool_call>",
        '{"name": "look", "argum',
        'ents": {"a": "</tool',
        '_call> \\"}',
        '", ',
        '"b": [{}]',
        "}",
        "}</tool_call>",
    ]
    brought = [parser.feed(piece)[1] for piece in [*said, "</tool_call>"]]
    (start, first), *more = [pieces for pieces in brought if pieces]
    assert start.id and (start.name, start.arguments) == ("look", "")
    assert [first.arguments, *(piece.arguments for (piece,) in more)] == [
        '{"a": "</tool',
        '_call> \\"}',
        '", ',
        '"b": [{}]',
        "}",
    ]
    assert (parser.made, parser.cut) == (1, False)


@pytest.mark.parametrize("forced", [False, True])
@pytest.mark.parametrize("length", range(1, 46, 4))
def test_what_there_is_of_a_call_that_is_cut_comes_out_as_a_call(forced: bool, length: int) -> None:
    text = json.dumps(CALL)
    marked = text[:length] if forced else f"<tool_call>{text[:length]}"
    parser = ToolParser(ToolTurn(frozenset({"look"}), forced, True))
    brought = [parser.feed(marked), parser.close()]
    calls = whole_calls(piece for _, pieces in brought for piece in pieces)
    begins = text.index('{"where')
    assert [call.arguments for call in calls] == (
        [text[begins:length][: len('{"where": "up"}')]] if length > begins else []
    )
    assert "".join(rest for rest, _ in brought) == ("" if forced or calls else marked)
    assert parser.cut == ((forced or bool(calls)) and length <= text.index("}"))


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
