"""Prompts that ask for another language than their own: who learns to stay in a language must still leave it on request."""

from collections.abc import Iterator, Sequence
from typing import Any

from distill.policy_model.answers import chat_ids

__all__ = ["requests"]

_FRAMES = (
    "Reply in English.\n\nPROMPT",
    "PROMPT\n\nWrite your reply in English, please.",
    "PROMPT (in English)",
    "Give the answer in English: PROMPT",
    "请使用中文作答。\n\nPROMPT",
    "PROMPT\n\n请你用中文写出答案。",
)
_HERE = "PROMPT"


def requests(tokenizer: Any, prompts: Sequence[tuple[int, ...]], most: int) -> Iterator[tuple[int, ...]]:
    """Prompts with a request for an answer in English or Chinese, in front of their text or behind it.

    Args:
        prompts: token ids, as a chat template renders a single message of a user; others are passed over.
        most: how many come of them.
    """
    before, found, after = tokenizer.decode(chat_ids(tokenizer, _HERE), skip_special_tokens=False).partition(_HERE)
    made = 0
    for ids in prompts if found else ():
        if made == most:
            return
        text = tokenizer.decode(ids, skip_special_tokens=False)
        if len(text) > len(before) + len(after) and text.startswith(before) and text.endswith(after):
            message = text[len(before) : len(text) - len(after)]
            yield chat_ids(tokenizer, _FRAMES[made % len(_FRAMES)].replace(_HERE, message))
            made += 1
