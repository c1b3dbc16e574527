"""Which prompts are no examples of answering in the user's language."""

import hashlib
from array import array
from collections.abc import Callable
from typing import Any

from tlpo_guard.events.record import Event
from tlpo_guard.intent import names_language

__all__ = ["NAMES_LANGUAGE", "prompt_fitness"]

NAMES_LANGUAGE = "prompts that name another language, translate or hold code"


def prompt_fitness(tokenizer: Any) -> Callable[[Event], str | None]:
    """Tells why an event's prompt is left out of training, None where it is not; one look at each prompt."""
    known: dict[tuple[bytes, str], bool] = {}  # by hash, for the prompts themselves may be long

    def reason(event: Event) -> str | None:
        key = hashlib.blake2b(array("q", event.prompt_ids).tobytes(), digest_size=16).digest(), event.language
        if key not in known:
            text = tokenizer.decode(list(event.prompt_ids), skip_special_tokens=True)
            known[key] = names_language(text, event.language.split(","))
        return NAMES_LANGUAGE if known[key] else None

    return reason
