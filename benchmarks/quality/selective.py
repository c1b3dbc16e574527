"""Prompts in one language that ask for an answer in another: what a distilled model must still do."""

from pathlib import Path

from benchmarks.quality.prompts import LANGUAGES, Prompt, held_out

__all__ = ["PAIRS", "PREFIX", "selective"]

PREFIX = "asked-in-"
_ASK = {"en": "Please answer the following question in English: {}", "zh": "请用中文回答下面的问题：{}"}
_TO_CHINESE = ("ko", "ja", "ru", "ar")
PAIRS = (*((own, "en") for own in LANGUAGES), *((own, "zh") for own in _TO_CHINESE))


def selective(own: str, wanted: str, data: Path, most: int) -> list[Prompt]:
    """Held-out prompts of a language, with the request, in the wanted language, for an answer in it.

    Raises:
        KeyError: nothing asks for that language.
    """
    ask = _ASK[wanted]
    return [Prompt.of(wanted, ask.format(prompt.text), f"{PREFIX}{own}") for prompt in held_out(own, data, most)]
