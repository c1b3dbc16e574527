"""Answers to the prompts of a cell, judged."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.mixing.contexts import Asked, Cell
from benchmarks.mixing.judges import judged
from distill.policy_model.answers import chat_ids, generate
from tlpo_guard.models.load import LoadedModel

__all__ = ["Judged", "answer"]

Judged = Mapping[str, bool]


def answer(loaded: LoadedModel, cell: Cell, prompts: Sequence[Asked], draw: int) -> list[tuple[str, Judged]]:
    """The text of one answer to each prompt, with the guard off, and what the judges say of it.

    Args:
        draw: its number; draws of one number are drawn alike by every model.
    """
    tokenizer: Any = loaded.tokenizer
    ids = [chat_ids(tokenizer, [{"role": role, "content": text} for role, text in p.messages]) for p in prompts]
    answers = generate(
        loaded.model,
        ids,
        max_new_tokens=cell.tokens,
        temperature=cell.temperature,
        seed=zlib.crc32(f"{cell} {draw}".encode()),
    )
    texts = [str(tokenizer.decode(list(a), skip_special_tokens=True)).rstrip("\ufffd") for a in answers]
    return [
        (text, judged(text, prompt.language, [said for _, said in prompt.messages]))
        for prompt, text in zip(prompts, texts, strict=True)
    ]
