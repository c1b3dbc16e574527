import pytest

from tlpo_guard.marks.table import Content
from tlpo_guard.marks.text import marked_spans


def left(text: str) -> str:
    """What stands outside of marks."""
    for content in Content:
        for start, end in reversed(list(marked_spans(text, content))):
            text = text[:start] + text[end:]
    return text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>Let me see.</think>Ja.", "Ja."),
        ("Let me see.\n</think>\n\nJa.", "\n\nJa."),
        ("[THINK]Let me see.[/THINK]Oui.", "Oui."),
        ("Let me see.[/THINK]Oui.", "Oui."),
        ("◁think▷Let me see.◁/think▷はい。", "はい。"),
        ("<|START_THINKING|>Hm.<|END_THINKING|>Sí.", "Sí."),
        ("<seed:think>Hm.</seed:think>네.", "네."),
        ("<|channel>thought\nHm.<channel|>Да.", "Да."),
        (
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.f"
            " <|constrain|>json<|message|>{}<|call|><|start|>assistant<|channel|>final<|message|>Tak.",
            "Tak.",
        ),
        ("Hm, easy.<|channel|>final<|message|>Tak.", "Tak."),
        ("analysisThe user says hi.assistantfinalHallo.", "Hallo."),
        ("<think>still thinking", ""),
    ],
)
def test_reasoning(text: str, answer: str) -> None:
    assert left(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Gut. <tool_call>{}</tool_call> So.", "Gut.  So."),
        ('<tool_call name="f">{}</tool_call>So.', "So."),
        ('<function_calls><invoke name="f"></invoke></function_calls>So.', "So."),
        ('<invoke name="f"><parameter name="q">some words</parameter></invoke>So.', "So."),
        ("<function=find><parameter=q>some words</parameter></function>So.", "So."),
        ("Gut. [TOOL_CALLS]find{}", "Gut. "),
        ("<|python_tag|>find(q=1)<|eom_id|>", ""),
        ("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>find<｜tool▁calls▁end｜>So.", "So."),
        ("<｜DSML｜function_calls>find</｜DSML｜function_calls>So.", "So."),
        ("<|tool_calls_section_begin|>find<|tool_calls_section_end|>So.", "So."),
        ("<|tool_call>call:find{}<tool_call|>So.", "So."),
        ("<minimax:tool_call>find</minimax:tool_call>So.", "So."),
    ],
)
def test_tool_calls(text: str, answer: str) -> None:
    assert left(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "Das Zeichen `<think>` leitet das Denken ein.",
        "Danach steht `</think>` und die Antwort.",
        "Das ist [wichtig] und 3 < 4.",
        "Fertig.<|end|>",
        "Eine analysis ohne Ende.",
    ],
)
def test_what_only_speaks_of_marks_is_answer(text: str) -> None:
    assert left(text) == text
