"""What decided which language an answer is expected in; here, so that records of events need no language detection."""

from enum import StrEnum

__all__ = ["DecidedBy"]


class DecidedBy(StrEnum):
    """How the expected language was decided: by a setting, an instruction, or the language of the messages."""

    REQUEST = "request"
    SERVER = "server"
    INSTRUCTION = "instruction"
    PROMPT = "prompt"
    CONVERSATION = "conversation"
    UNKNOWN = "unknown"
