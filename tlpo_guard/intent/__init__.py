"""The language that an answer is expected in, and how that was decided."""

from tlpo_guard.intent.decision import Intent, expected_language
from tlpo_guard.intent.message import Message, message_of
from tlpo_guard.intent.training import names_language

__all__ = ["Intent", "Message", "expected_language", "message_of", "names_language"]
