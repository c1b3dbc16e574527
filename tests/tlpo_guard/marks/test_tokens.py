import pytest

from tests.tlpo_guard.vocabulary.vocabularies import vocabulary
from tlpo_guard.marks.table import MARKS, MarkPair
from tlpo_guard.marks.text import marked_spans
from tlpo_guard.marks.tokens import START, TokenMarks
from tlpo_guard.vocabulary.index import VocabularyIndex

BYTES = VocabularyIndex.from_bytes([bytes([value]) for value in range(256)] + [b""] * 8)
SPECIAL = dict(
    enumerate(
        ["<think>", "</think>", "<|im_end|>", "<|channel|>", "<|message|>", "<|start|>", "<|end|>", "[TOOL_CALLS]"], 256
    )
)
IDS = {text: token_id for token_id, text in SPECIAL.items()}


def ids(text: str) -> list[int]:
    """A text in bytes, the special tokens in it as such."""
    for mark, token_id in IDS.items():
        head, found, tail = text.partition(mark)
        if found:
            return [*ids(head), token_id, *ids(tail)]
    return list(text.encode())


def watched(marks: TokenMarks, token_ids: list[int]) -> str:
    """The tokens before which an answer is not inside of marks."""
    state, seen = START, b""
    for token_id in token_ids:
        if not marks.inside(state):
            seen += BYTES.token_bytes(token_id)
        state = marks.advance(state, token_id)
    return seen.decode()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Ja<think>hm</think>Nein", "JaNein"),
        ("Ja<think>hm</tool_call> still</think>Nein", "JaNein"),
        ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Ja", "analysisJa"),
        ("[TOOL_CALLS]f{}", ""),
    ],
)
def test_special_tokens(text: str, seen: str) -> None:
    assert watched(TokenMarks(BYTES, SPECIAL), ids(text)) == seen


@pytest.mark.parametrize("pair", [pair for pair in MARKS if pair.closes], ids=lambda pair: pair.opens[0])
def test_marks_that_are_spelled_as_text_are_those_that_a_scan_finds(pair: MarkPair) -> None:
    text = f"Ja {pair.opens[0]}hm, hm{pair.closes[0]} Nein"
    ((start, end),) = marked_spans(text, pair.content)
    seen = watched(TokenMarks(BYTES), list(text.encode()))
    assert seen == text[:start] + pair.opens[0] + text[end:]


def test_other_tags_and_a_mark_in_backticks_are_answer() -> None:
    for text in ("a <b>c</b> d", "the tag `<think>` opens"):
        assert watched(TokenMarks(BYTES), list(text.encode())) == text


@pytest.mark.parametrize("family", ["smollm2", "tekken", "o200k"])
def test_tokens_of_real_vocabularies_that_cut_through_marks(family: str) -> None:
    real = vocabulary(family)
    marks = TokenMarks(real.index)
    state, seen = START, b""
    for token_id in real.encode("Ja<think>so, so</think>\n\nNein <tool_call>{}</tool_call> doch"):
        state = marks.advance(state, token_id)
        seen += b"" if marks.inside(state) else real.index.token_bytes(token_id)
    assert b"so" not in seen and b"{}" not in seen and b"Ja" in seen and b"Nein" in seen and b"doch" in seen


@pytest.mark.parametrize(
    ("prompt", "inside"),
    [
        ("<|im_end|>assistant\n<think>\n", True),
        ("<|im_end|>assistant\n<think>\n\n</think>\n\n", False),
        ("What does <think> mean?<|im_end|>assistant\n", False),
        ("<think><|im_end|>assistant\n<think>\nso far", True),
        ("<|start|>user<|message|>Hi<|end|><|start|>assistant", True),
        ("", False),
    ],
)
def test_a_prompt_may_open_the_reasoning_in_its_last_turn(prompt: str, inside: bool) -> None:
    marks = TokenMarks(BYTES, SPECIAL)
    assert marks.inside(marks.after_prompt(ids(prompt))) is inside


def test_where_no_mark_begins_the_state_stays() -> None:
    marks = TokenMarks(BYTES, SPECIAL)
    assert {marks.advance(START, token_id) for token_id in ids("Nichts als Wörter, 漢字 와 한글.")} == {START}
    inside = marks.advance(START, IDS["<think>"])
    assert marks.single_tokens[IDS["<think>"]] and not marks.single_tokens[IDS["</think>"]]
    assert marks.inside(inside) and not marks.inside(marks.advance(inside, IDS["</think>"]))
