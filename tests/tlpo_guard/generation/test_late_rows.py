import torch

from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy

LATIN = ord("a")
STRICT = GuardPolicy(languages=("ko",), allow_english=False)


def masked_before(text: str, guard: Guard, prompt: list[int]) -> list[bool]:
    """Whether a Latin letter was kept out before each byte of an answer, and behind it."""
    rows = LateRows(guard, STRICT, torch.tensor([prompt]), temperature=1.0)
    ids = list(text.encode())
    logits = torch.zeros(1, SIZE)
    seen = [rows.mask(logits, torch.tensor([ids[:length]], dtype=torch.int64)) for length in range(len(ids) + 1)]
    return [bool(row[0, LATIN].isinf()) for row in seen]


def test_marks_that_are_spelled_as_text_count_two_steps_late() -> None:
    kept_out = masked_before("<think>ok, so</think>ok", Guard(DETECTOR), [1])
    opened, closed = len("<think>") + 2, len("<think>ok, so</think>") + 2
    assert all(kept_out[: opened - 1]) and not any(kept_out[opened : closed - 1]) and all(kept_out[closed:])


def test_a_prompt_may_have_opened_the_reasoning() -> None:
    guard = Guard(DETECTOR, {1: "<think>", 2: "</think>"})
    assert not any(masked_before("ok, so", guard, [1]))
    assert all(masked_before("ok, so", guard, [1, 2]))
    kept_out = masked_before("ok\x02ok", guard, [1])
    assert kept_out == [False] * 3 + [True] * 3
