"""Answers to the prompts of a cell, judged."""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.mixing.contexts import Asked, Cell
from benchmarks.mixing.judges import judged
from distill.policy_model.answers import chat_ids, generate
from distill.policy_model.frozen_linear import fold_frozen
from tlpo_guard.models.load import LoadedModel, load_model

__all__ = ["Judged", "answer", "with_adapter"]

Judged = Mapping[str, bool]


def with_adapter(name: str, cache: Path, adapter: Path | None) -> LoadedModel:
    """A model to generate with; an adapter is added into its weights."""
    loaded = load_model(name, cache_dir=cache)
    model: Any = loaded.model
    if adapter is not None:
        from dataclasses import replace

        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
        loaded = replace(loaded, model=model)
    model.requires_grad_(False).eval()
    if not torch.cuda.is_available():
        fold_frozen(model)
    return loaded


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
