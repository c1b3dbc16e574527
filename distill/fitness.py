"""Which prompts are no examples of answering in the user's language."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from tlpo_guard.events.record import Event
from tlpo_guard.intent import names_language

__all__ = ["NAMES_LANGUAGE", "prompt_fitness"]

NAMES_LANGUAGE = "prompts that name another language, translate or hold code"


def prompt_fitness(tokenizer: Any) -> Callable[[Event], str | None]:
    """Tells why an event's prompt is left out of training, None where it is not; one look at each prompt."""

    @lru_cache(maxsize=4096)
    def reason(prompt_ids: tuple[int, ...], language: str) -> str | None:
        text = tokenizer.decode(list(prompt_ids), skip_special_tokens=True)
        return NAMES_LANGUAGE if names_language(text, language.split(",")) else None

    return lambda event: reason(event.prompt_ids, event.language)
