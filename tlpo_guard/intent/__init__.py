"""The language that an answer is expected in, and how that was decided."""

from typing import TYPE_CHECKING

from tlpo_guard.lazy import lazily

if TYPE_CHECKING:
    from tlpo_guard.intent.claims import Claim, Why
    from tlpo_guard.intent.decision import DecidedBy, Intent, expected_language
    from tlpo_guard.intent.message import Message, message_of

__all__ = ["Claim", "DecidedBy", "Intent", "Message", "Why", "expected_language", "message_of"]

__getattr__ = lazily(
    __name__,
    {
        "Claim": "tlpo_guard.intent.claims",
        "DecidedBy": "tlpo_guard.languages.decided_by",
        "Intent": "tlpo_guard.intent.decision",
        "Message": "tlpo_guard.intent.message",
        "Why": "tlpo_guard.intent.claims",
        "expected_language": "tlpo_guard.intent.decision",
        "message_of": "tlpo_guard.intent.message",
    },
)
