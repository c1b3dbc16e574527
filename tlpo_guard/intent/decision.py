"""The language that an answer is expected in, from the request, the server's settings and the conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from tlpo_guard.intent.claims import Claim
from tlpo_guard.intent.instruction import Instruction, find_instruction
from tlpo_guard.intent.message import Message
from tlpo_guard.intent.prompt_language import prompt_language
from tlpo_guard.languages.decided_by import DecidedBy

__all__ = ["DecidedBy", "Intent", "expected_language"]

_RULES = ("system", "developer")
_HEAD, _TAIL = 3000, 2000  # characters of a message that are read: instructions stand at either end
_MOST_MESSAGES = 20  # of the user's, the newest, that are read
_SHORT = 3  # words; a message no longer than that may be an interjection in any language
_STALE = 0.7  # confidence in a rule of an earlier message that was not said to last


@dataclass(frozen=True, slots=True)
class Intent:
    """The expected languages.

    Attributes:
        languages: BCP-47 tags, empty where unknown.
        decided_by: how they were decided.
        confidence: that the whole answer should be in them, 0 to 1.
        admitted: other languages that may appear in the answer as words, names, examples and quotations: those that the
            conversation names, or that people in it use.
        claimed: other languages that may still turn out to be the whole answer's, whose beginning then decides; empty where the
            expectation is settled.
        claims: all that speaks for a language, strongest first.
    """

    languages: tuple[str, ...]
    decided_by: DecidedBy
    confidence: float
    admitted: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


def expected_language(request: Sequence[str], server: Sequence[str], messages: Sequence[Message]) -> Intent:
    """The first that answers: the request's setting, the server's, an instruction, the last message, the conversation.

    A system prompt's rule goes before what the user asks for, except for a translation. A rule that the user gave in an earlier
    message holds until they turn to another language.

    Args:
        request: tags that the request names.
        server: tags that the server was started with.
        messages: the conversation, oldest first; a bare prompt is one user message.
    """
    if request:
        return Intent(tuple(request), DecidedBy.REQUEST, 1.0)
    if server:
        return Intent(tuple(server), DecidedBy.SERVER, 1.0)
    return _from_conversation(messages)


def _from_conversation(messages: Sequence[Message]) -> Intent:
    users = [_ends(message.text) for message in messages if message.role == "user"][-_MOST_MESSAGES:]
    rule = _system_rule(messages)
    asked = find_instruction(users[-1]) if users else None
    if asked and (rule is None or (asked.kind == "translate" and rule.kind != "translate")):
        return _obeyed(asked)
    if rule:
        return _obeyed(rule)
    if not users:
        return Intent((), DecidedBy.UNKNOWN, 0.0)
    *earlier, last = users
    tag, confidence = prompt_language(last)
    if kept := _kept_rule(earlier, tag):
        return kept
    interjection = tag is None or _may_interject(last, tag)
    if interjection and (past := _past_language(earlier)):
        return past
    return Intent((tag,), DecidedBy.PROMPT, confidence) if tag else Intent((), DecidedBy.UNKNOWN, confidence)


def _obeyed(instruction: Instruction) -> Intent:
    return Intent(instruction.languages, DecidedBy.INSTRUCTION, instruction.confidence)


def _ends(text: str) -> str:
    """The parts of a message that are read; lone surrogates, which JSON may bring, replaced."""
    read = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    return read.encode("utf-8", "replace").decode()


def _system_rule(messages: Sequence[Message]) -> Instruction | None:
    rules = (find_instruction(_ends(m.text), system=True) for m in reversed(messages) if m.role in _RULES)
    return next((rule for rule in rules if rule), None)


def _kept_rule(earlier: Sequence[str], tag: str | None) -> Intent | None:
    """A rule for answers from an earlier message that the last one, in the language of the tag, leaves in force."""
    for text in reversed(earlier):
        rule = find_instruction(text)
        if rule is None or rule.kind != "answer":
            continue
        if tag is None or tag in rule.languages or rule.standing or tag == prompt_language(text)[0]:
            return Intent(rule.languages, DecidedBy.INSTRUCTION, rule.confidence if rule.standing else _STALE)
        return None
    return None


def _may_interject(text: str, tag: str) -> bool:
    """Whether a message is short enough to be an "ok, thanks" of someone who goes on in another language."""
    words = text.split()
    if not text.isascii() or "?" in text:
        return False
    return len(words) <= (_SHORT if tag == "en" else 1)


def _past_language(earlier: Sequence[str]) -> Intent | None:
    for text in reversed(earlier):
        tag, confidence = prompt_language(text)
        if tag:
            return Intent((tag,), DecidedBy.CONVERSATION, 0.9 * confidence)
    return None
