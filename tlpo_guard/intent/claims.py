"""What a conversation says for a language: each reason is a claim on the answer."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Claim", "Why"]


class Why(StrEnum):
    """Why a language may be the answer's, or stand in it."""

    SETTING = "setting"  # the request or the server names it
    INSTRUCTION = "instruction"  # an instruction, whose grammar was understood, asks for it
    RULE = "rule"  # a rule of the system prompt, whose condition holds
    OWN_WORDS = "own_words"  # the user's own words are in it
    TEXT = "text"  # the text that is worked on is in it: to correct, to continue, to answer
    EARLIER = "earlier"  # earlier messages or answers are in it
    NAMED = "named"  # it is named, or something is asked about it
    QUOTED = "quoted"  # it stands in quoted or pasted text, a log or a document


@dataclass(frozen=True, slots=True)
class Claim:
    """One reason for a language.

    Attributes:
        language: BCP-47 tag.
        why: the reason.
        weight: how much it speaks for the whole answer being in the language, 0 to 1.
        text: the words of the conversation that say so; at most 80 characters.
    """

    language: str
    why: Why
    weight: float
    text: str = ""
