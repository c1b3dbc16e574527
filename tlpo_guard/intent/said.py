"""What a writer says themselves, and in which languages."""

from dataclasses import dataclass

__all__ = ["OwnWords"]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What of a message is its writer's own.

    Attributes:
        text: the message with code, logs, quotations and pasted text blanked, so that offsets stay; of a message of more than
            12,000 characters the 6,000 at either end.
        language: BCP-47 tag of their own words; None where nothing tells it.
        confidence: of the language, 0 to 1.
        second: tag of another language that they mix in; None for most.
        second_share: of their words, in the second language, 0 to 1.
        quoted: tags of text that they quote or paste, each once.
        passages: those of `quoted` that stand in pasted passages only, which are longer than words to ask about.
        phrases: tags of words in other languages inside their sentences, each once.
        switches: whether they change between both languages inside sentences.
    """

    text: str
    language: str | None
    confidence: float
    second: str | None = None
    second_share: float = 0.0
    quoted: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    switches: bool = False
