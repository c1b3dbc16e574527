"""Which prompts are fit for training: those whose answers should be in the language that the prompt is in, and in no other.

The TLPO paper leaves out prompts that name a language, that ask for a translation and that ask for code (section 4, data).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from distill.selection.code_requests import asks_for_code
from tlpo_guard.intent import DecidedBy, Message, Why, expected_language
from tlpo_guard.languages.relations import base_language

__all__ = ["ChosenPrompts", "choose"]

_SURE = 0.9
_LONGEST = 4_000  # characters
_COLUMNS = ("prompt", "instruction", "question", "text", "input")
_NAMES_A_LANGUAGE = frozenset({Why.INSTRUCTION, Why.RULE, Why.NAMED})
_OTHER_TEXT = frozenset({Why.TEXT, Why.QUOTED})


@dataclass(slots=True)
class ChosenPrompts:
    """Goes through rows and keeps count of why some are left out.

    Attributes:
        language: that all prompts must be in, BCP-47; None takes them in any.
        column: of the text; None takes the first of the usual ones.
        strict: written into each prompt.
        left_out: rows by reason.
        kept: prompts by language.
    """

    language: str | None = None
    column: str | None = None
    strict: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    def of(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """The prompts that are kept, as lines of a file hold them."""
        for row in rows:
            messages = self._messages(row)
            reason, language = ("no text", "") if messages is None else self._judged(messages)
            if reason or messages is None:
                self.left_out[reason] += 1
                continue
            self.kept[language] += 1
            yield _line(messages, language) | ({"strict": True} if self.strict else {})

    def _messages(self, row: Mapping[str, Any]) -> list[dict[str, str]] | None:
        turns = row.get(self.column or "messages")
        if isinstance(turns, list) and turns:
            return _first_turns(turns)
        names = (self.column,) if self.column else _COLUMNS
        text = next((row[name] for name in names if isinstance(row.get(name), str) and row[name].strip()), None)
        return None if text is None else [{"role": "user", "content": text.strip()}]

    def _judged(self, turns: Sequence[Mapping[str, str]]) -> tuple[str, str]:
        """Why a prompt is left out, empty where it is not; and its language."""
        messages = [Message(turn["role"], turn["content"]) for turn in turns]
        whole = "\n".join(message.text for message in messages)
        if whole in self._seen:
            return "repeated", ""
        self._seen.add(whole)
        if len(whole) > _LONGEST:
            return "too long", ""
        return choose(messages, self.language)


def choose(messages: Sequence[Message], wanted: str | None = None) -> tuple[str, str]:
    """Why a prompt is left out, empty where it is kept; and its language, BCP-47.

    Args:
        wanted: the only language that is kept; None for any.
    """
    if asks_for_code(messages):
        return "asks for code", ""
    intent = expected_language((), (), messages)
    reasons = {claim.why for claim in intent.claims}
    if intent.decided_by is DecidedBy.INSTRUCTION or reasons & _NAMES_A_LANGUAGE:
        return "names a language", ""
    if intent.admitted or intent.claimed or reasons & _OTHER_TEXT or len(intent.written) > 1:
        return "holds text of another language, or works on one", ""
    if not intent.written or intent.confidence < _SURE:
        return "of no certain language", ""
    if wanted is not None and base_language(intent.written[0]) != base_language(wanted):
        return "in another language", ""
    return "", wanted or intent.written[0]


def _first_turns(turns: Sequence[Any]) -> list[dict[str, str]] | None:
    """A conversation up to the first answer; None where it holds something else than text."""
    first: list[dict[str, str]] = []
    for turn in turns:
        if not isinstance(turn, Mapping) or not isinstance(turn.get("content"), str):
            return None
        if turn.get("role") not in ("system", "user"):
            break
        first.append({"role": turn["role"], "content": turn["content"].strip()})
    return first if any(turn["role"] == "user" and turn["content"] for turn in first) else None


def _line(turns: list[dict[str, str]], language: str) -> dict[str, Any]:
    asked = {"prompt": turns[0]["content"]} if len(turns) == 1 else {"messages": turns}
    return {**asked, "language": language}
