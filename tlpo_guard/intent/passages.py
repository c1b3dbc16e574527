"""Languages that a conversation brings in passages: their strings may be copied, and they are not admitted for that."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.intent.claims import Claim, Why
from tlpo_guard.intent.message import Message
from tlpo_guard.languages.relations import SCRIPTS_OF_CHINESE_AND_JAPANESE, SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import code_points, script_ids, script_names
from tlpo_guard.languages.tags import language

__all__ = ["without_passages"]

_PASSAGE = 150  # letters; more than in the words and sentences that people ask about
_DENSE_PASSAGE = 50  # the same of scripts without spaces
_NAMING = frozenset({Why.SETTING, Why.INSTRUCTION, Why.RULE, Why.EARLIER})


def without_passages(admitted: Sequence[str], claims: Iterable[Claim], messages: Sequence[Message]) -> tuple[str, ...]:
    """The admitted languages without those that a conversation only holds pasted passages in, such as documents.

    An answer may copy from these; admitted, their whole language would be open to it.

    Args:
        admitted: BCP-47 tags.
        claims: of the conversation.
        messages: the conversation, whoever they are from.
    """
    named = {claim.language for claim in claims if _names(claim)}
    return tuple(tag for tag in admitted if tag in named or not _is_passage(messages, tag))


def _names(claim: Claim) -> bool:
    """Whether somebody named a language or answered in it; the words that named it are the claim's text."""
    return claim.why in _NAMING or (claim.why is Why.NAMED and bool(claim.text))


def _is_passage(messages: Sequence[Message], tag: str) -> bool:
    scripts = language(tag).scripts
    least = _DENSE_PASSAGE if scripts & SCRIPTS_WITHOUT_SPACES else _PASSAGE
    if scripts & SCRIPTS_OF_CHINESE_AND_JAPANESE:
        scripts |= SCRIPTS_OF_CHINESE_AND_JAPANESE
    letters = 0
    for message in messages:
        letters += int(_letters(scripts)[code_points(message.text)].sum())
        if letters >= least:
            return True
    return False


@lru_cache(maxsize=16)
def _letters(scripts: frozenset[str]) -> NDArray[np.bool_]:
    """The letters of some scripts; bool [0x110000]."""
    return np.isin(script_ids(), [script_names().index(script) for script in scripts])
