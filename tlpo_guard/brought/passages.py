"""Languages that a conversation brings in passages: their strings may be copied, and they are not admitted for that."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tlpo_guard.brought.brought import Brought
from tlpo_guard.intent.claims import Why
from tlpo_guard.languages.relations import SCRIPTS_OF_CHINESE_AND_JAPANESE, SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.tags import language

if TYPE_CHECKING:
    from tlpo_guard.intent import Intent  # takes time to load

__all__ = ["without_passages"]

_PASSAGE = 150  # letters; more than in the words and sentences that people ask about
_DENSE_PASSAGE = 50  # the same of scripts without spaces
_NAMING = frozenset({Why.SETTING, Why.INSTRUCTION, Why.RULE, Why.EARLIER})


def without_passages(intent: "Intent", brought: Brought) -> "Intent":
    """The intent without admitted languages that the conversation only holds pasted passages in, such as documents.

    An answer may copy from these; admitted, their whole language would be open to it.
    """
    admitted = tuple(tag for tag in intent.admitted if _is_named(intent, tag) or not _is_passage(brought, tag))
    return intent if admitted == intent.admitted else replace(intent, admitted=admitted)


def _is_named(intent: "Intent", tag: str) -> bool:
    """Whether somebody named a language or answered in it; the words that named it are the claim's text."""
    claims = (claim for claim in intent.claims if claim.language == tag)
    return any(claim.why in _NAMING or (claim.why is Why.NAMED and claim.text) for claim in claims)


def _is_passage(brought: Brought, tag: str) -> bool:
    scripts = language(tag).scripts
    dense = bool(scripts & SCRIPTS_WITHOUT_SPACES)
    systems = {"Jpan" if s in SCRIPTS_OF_CHINESE_AND_JAPANESE else s for s in scripts}
    return brought.letters(systems) >= (_DENSE_PASSAGE if dense else _PASSAGE)
