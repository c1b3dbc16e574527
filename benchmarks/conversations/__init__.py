"""Everyday conversations in more than sixty languages, with the language that the answer should be in, and an answer.

The sentences of each language stand in `phrases/*.txt`, the conversations made of them in the templates. Half of the templates,
chosen by a hash of the name, are sealed: they were set apart before anything was tuned, and are only ever run for a last figure.
Do not read the sealed ones, nor their errors, while you work on what they measure: `open_templates()` is what may be looked at.
"""

from benchmarks.conversations.conversation import HALVES, Conversation, Half, half_of
from benchmarks.conversations.filling import conversations

__all__ = ["HALVES", "Conversation", "Half", "conversations", "half_of"]
