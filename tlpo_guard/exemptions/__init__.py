"""What may be foreign in an answer, whatever language is expected."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.exemptions.abbreviations import Acronyms, Units
from tlpo_guard.exemptions.code import FencedCode, Identifiers, InlineCode
from tlpo_guard.exemptions.commands import Commands, ErrorMessages
from tlpo_guard.exemptions.formulas import Latex
from tlpo_guard.exemptions.links import Links
from tlpo_guard.exemptions.proper_names import Names
from tlpo_guard.exemptions.quotes import Glosses, Logs, QuotedLines, Quotes
from tlpo_guard.exemptions.reasoning import Reasoning
from tlpo_guard.exemptions.spans import Exemption, Span
from tlpo_guard.exemptions.structured_data import JsonKeys, Markup, ToolCalls

__all__ = [
    "Exemption",
    "Span",
    "abbreviations",
    "blank",
    "glosses",
    "marked",
    "no_language",
    "quoted",
    "quoted_english",
    "quoted_lines",
]


def no_language(*, reasoning: bool = False) -> tuple[Exemption, ...]:
    """What is in no language: code, error messages, addresses, formulas, data; and reasoning, unless that is to be judged.

    Args:
        reasoning: judge what a model thinks aloud too.
    """
    thinking: tuple[Exemption, ...] = () if reasoning else (Reasoning(),)
    code = (FencedCode(), InlineCode(), Identifiers(), Commands(), ErrorMessages())
    return (*thinking, *code, ToolCalls(), Links(), Latex(), JsonKeys(), Markup())


def quoted(count_expected: Callable[[str], int]) -> tuple[Exemption, ...]:
    """What is another's words in a line of the expected language: quotations, names, logs.

    Args:
        count_expected: how many words of the expected language a stretch of text has.
    """
    return (Quotes(count_expected), Names(count_expected), Logs())


def quoted_english(count_expected: Callable[[str], int]) -> tuple[Exemption, ...]:
    """English that a line in another script quotes or explains.

    Args:
        count_expected: how many words of the expected language a stretch of text has.
    """
    return (Quotes(count_expected, pure=True), Logs())


def quoted_lines(count_expected: Callable[[str], int]) -> Exemption:
    """Lines that are marked as another's words, in an answer that has a line of the expected language besides.

    Args:
        count_expected: how many words of the expected language a stretch of text has.
    """
    return QuotedLines(count_expected)


def glosses(count_expected: Callable[[str], int]) -> tuple[Exemption, ...]:
    """What may stand there in another script: names and short quotations.

    Args:
        count_expected: how many words of the expected language a stretch of text has.
    """
    return (Glosses(count_expected), QuotedLines(count_expected))


def abbreviations() -> tuple[Exemption, ...]:
    """What every language shares: acronyms and units."""
    return (Acronyms(), Units())


def marked(text: str, exemptions: Iterable[Exemption]) -> NDArray[np.bool_]:
    """Which characters are exempt; bool [characters]."""
    exempt = np.zeros(len(text), dtype=np.bool_)
    for exemption in exemptions:
        for start, end in exemption.spans(text):
            exempt[start:end] = True
    return exempt


def blank(text: str, exempt: NDArray[np.bool_]) -> str:
    """The text with spaces for what is exempt; line breaks stay, and so does its length."""
    if not exempt.any():
        return text
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()
    points[exempt & (points != ord("\n"))] = ord(" ")
    return points.tobytes().decode("utf-32-le", "surrogatepass")
