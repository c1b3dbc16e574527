"""An answer is divided into its reasoning and the rest as its text comes."""

import pytest

from tlpo_guard.marks.stream import ReasoningText
from tlpo_guard.marks.table import MARKS, MarkPair

THINK = next(pair for pair in MARKS if "<think>" in pair.opens)
HARMONY = next(pair for pair in MARKS if pair.head)


def divided(text: str, size: int, opened: MarkPair | None = None) -> tuple[str, str]:
    reader = ReasoningText(opened)
    parts = [reader.feed(text[i : i + size]) for i in range(0, len(text), size)] + [reader.close()]
    return "".join(reasoning for reasoning, _ in parts), "".join(rest for _, rest in parts)


@pytest.mark.parametrize("size", [1, 2, 5, 9, 1_000])
@pytest.mark.parametrize(
    ("text", "reasoning", "rest"),
    [
        ("<think>So it is.</think>Blue.", "So it is.", "Blue."),
        ("<think>\nSo\n\nit is.\n</think>\n\nBlue.\n", "So\n\nit is.", "Blue.\n"),
        ("\n <think>a < b, </thin is no end</think> Blue", "a < b, </thin is no end", "Blue"),
        ("<think></think>Blue", "", "Blue"),
        ("<think>Still at it", "Still at it", ""),
        ("<think>Still at it\n", "Still at it", ""),
        ("<thinking>A</thinking>B", "A", "B"),
        ("[THINK]A[/THINK]B", "A", "B"),
        ("◁think▷A◁/think▷B", "A", "B"),
        (" Blue, for <think> is a tag.", "", " Blue, for <think> is a tag."),
        ("<thin> paper", "", "<thin> paper"),
        ("  ", "", "  "),
        ("`<think>` is a tag</think>", "", "`<think>` is a tag</think>"),
        ("<think>A</think><think>B</think>C", "AB", "C"),
    ],
)
def test_reasoning_stands_at_the_beginning_between_marks(text: str, reasoning: str, rest: str, size: int) -> None:
    assert divided(text, size) == (reasoning, rest)


@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_the_prompt_may_have_begun_it(size: int) -> None:
    assert divided("\nSo it is.\n</think>\n\nBlue.", size, THINK) == ("So it is.", "Blue.")
    assert divided("So it is", size, THINK) == ("So it is", "")


@pytest.mark.parametrize("size", [1, 4, 1_000])
def test_heads_of_messages_are_no_reasoning(size: int) -> None:
    text = "<|channel|>analysis<|message|>It is.<|end|><|start|>assistant<|channel|>final<|message|>Blue."
    assert divided(text, size, HARMONY) == ("It is.", "Blue.")
    assert divided("<|channel|>final<|message|>Blue.", size, HARMONY) == ("", "Blue.")


def test_what_is_sure_goes_out_at_once() -> None:
    reader = ReasoningText(THINK)
    assert reader.feed("So it ") == ("So it", "")
    assert reader.feed("is.\n") == (" is.", "")
    assert reader.inside and not reader.over
    assert reader.feed("</think>") == ("", "")
    assert reader.feed("Blue <think>") == ("", "Blue <think>")
    assert reader.over
