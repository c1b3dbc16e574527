"""The language that an answer is expected in, and how that was decided."""

from tlpo_guard.intent.claims import Claim, Why
from tlpo_guard.intent.decision import DecidedBy, Intent, expected_language
from tlpo_guard.intent.foreign_requests import names_language
from tlpo_guard.intent.message import Message, message_of

__all__ = ["Claim", "DecidedBy", "Intent", "Message", "Why", "expected_language", "message_of", "names_language"]
