"""The language of what a user says, as opposed to what they paste, quote or program."""

from tlpo_guard.intent.own_words import own_words

__all__ = ["prompt_language"]


def prompt_language(text: str) -> tuple[str | None, float]:
    """Tag of the language that a message's own words are in and how sure that is, 0 to 1; None where nothing tells it."""
    own = own_words(text)
    return own.language, own.confidence
