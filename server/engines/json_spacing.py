"""White space between the parts of JSON: an answer may not run into its token limit for that alone."""

from functools import cache
from typing import Any

from llguidance import LLMatcher, LLTokenizer

__all__ = ["json_spacing"]

_A_LITTLE: Any = {"whitespace_pattern": r"[ \n\t]{0,4}"}
_NONE: Any = {"whitespace_flexible": False}


@cache
def json_spacing() -> Any:
    """What llguidance is told: a little, or none where this release repeats the pattern at will (1.7 does)."""
    grammar = LLMatcher.grammar_from_json_schema('{"type": "object"}', defaults=_A_LITTLE)
    spaced = b"{     "  # one space more than the pattern has
    taken = LLMatcher(LLTokenizer("byte"), grammar).try_consume_tokens(list(spaced))
    return _A_LITTLE if taken < len(spaced) else _NONE
