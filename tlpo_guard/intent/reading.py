"""What one message says about languages, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tlpo_guard.intent.conditions import Conditions, read_conditions, without_conditions
from tlpo_guard.intent.denials import Denial, find_denials
from tlpo_guard.intent.fields import languages_of_fields, languages_of_label, languages_of_pair
from tlpo_guard.intent.folding import fold, foldable
from tlpo_guard.intent.identify import identify
from tlpo_guard.intent.instruction import Instruction, find_instruction
from tlpo_guard.intent.language_names import NameHit, find_names
from tlpo_guard.intent.message import Message
from tlpo_guard.intent.own_words import OwnWords, own_words
from tlpo_guard.intent.parts import languages_of_parts
from tlpo_guard.intent.script_names import named_scripts
from tlpo_guard.intent.text_work import TextWork, text_work
from tlpo_guard.languages.relations import base_language

__all__ = ["Reading", "read_rules", "read_user"]

_RULES = ("system", "developer")
_HEAD, _TAIL = 3000, 2000  # characters of a message that are read: instructions stand at either end
_ALL_RULES = 40_000  # characters of all system prompts that are read, the newest first
_NAMED_IN = 600  # characters at either end of a message's own words whose names are admitted
_SHORT_QUOTATION = 200  # characters of a message whose quotations are what it asks about
_FIELDS = 0.8  # confidence in languages that the keys of a structured answer name
_LABEL = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says about languages.

    Attributes:
        text: the message, as far as it is read.
        own: its writer's own words.
        instruction: what it asks the answer's language to be.
        conditions: on which the answer's language depends.
        work: what is to be done with a text that it brings.
        named: (tag, words) of each language that it names.
        parts: (tag, words) of each language that only a part of the answer should be in.
        scripts: (tag, words) of each script that it names, such as `und-Cyrl`.
        denials: the languages that it wants no answer in.
        asks_about_words: whether it is so short that what it quotes is what it asks about.
    """

    text: str
    own: OwnWords
    instruction: Instruction | None
    conditions: Conditions | None
    work: TextWork | None
    named: tuple[tuple[str, str], ...]
    scripts: tuple[tuple[str, str], ...]
    denials: tuple[Denial, ...]
    asks_about_words: bool
    parts: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=64)
def read_user(text: str) -> Reading:
    """What a user's message says."""
    text = _ends(text)
    own = own_words(text)
    instruction = find_instruction(text) or _of_codes(text)
    named = _named(own.text, own.language)
    parts = languages_of_parts(own.text) if named else ()
    if instruction and set(instruction.languages) == {tag for tag, _ in parts}:
        instruction = None  # for a part only
    work = None if instruction else text_work(text)
    scripts = _scripts(own.text, own.language)
    short = len(text) <= _SHORT_QUOTATION
    denials = find_denials(text)
    return Reading(text, own, instruction, None, work, named, scripts, denials, short, () if instruction else parts)


def read_rules(messages: Sequence[Message]) -> Reading | None:
    """What the newest system prompt that says something about languages says; None where none does."""
    left = _ALL_RULES
    for message in reversed(messages):
        if message.role not in _RULES:
            continue
        if left <= 0:
            return None
        left -= len(message.text)
        reading = _read_rule(message.text)
        if reading.instruction or reading.conditions or reading.parts or reading.denials:
            return reading
    return None


@lru_cache(maxsize=64)
def _read_rule(text: str) -> Reading:
    text = _ends(text)
    conditions = read_conditions(text)
    plain = without_conditions(text) if conditions else text
    instruction = find_instruction(plain, system=True) or _of_codes(plain)
    if instruction and conditions and conditions.follows:
        instruction = None
    nothing = OwnWords("", None, 0.0)
    named = _named(text, None)
    parts = languages_of_parts(plain) if named and not conditions else ()
    if instruction and set(instruction.languages) == {tag for tag, _ in parts}:
        instruction = None  # for a part only
    scripts = _scripts(text, None)
    denials = () if conditions else find_denials(plain, system=True)
    return Reading(text, nothing, instruction, conditions, None, named, scripts, denials, False, parts)


def _of_codes(text: str) -> Instruction | None:
    """An instruction by codes: "Language: pt-BR", JSON with the keys `en` and `fr`."""
    folded = fold(text)
    if tags := languages_of_label(folded):
        return Instruction(tags, "answer", False, _LABEL, text.strip()[:80])
    if tags := languages_of_fields(folded) or languages_of_pair(folded):
        return Instruction(tags, "write", False, _FIELDS, text.strip()[:80])
    return None


def _named(text: str, own: str | None) -> tuple[tuple[str, str], ...]:
    """The languages that a text names, in its own language or in English."""
    written = _both_ends(foldable(text))
    found: dict[str, str] = {}
    for hit in find_names(fold(written)):
        if tag := _tag_in(hit, own):
            found.setdefault(tag, written[max(hit.start - 30, 0) : hit.end + 30].strip())
    return tuple(found.items())


def _scripts(text: str, own: str | None) -> tuple[tuple[str, str], ...]:
    """The scripts that a text names; in the likeliest language where its own is not known."""
    text = _both_ends(text)
    guesses = {} if own else identify(text).probabilities
    return named_scripts(text, own or max(guesses, key=guesses.__getitem__, default=None))


def _both_ends(text: str) -> str:
    """The parts of a message in which names count."""
    return text if len(text) <= 2 * _NAMED_IN else f"{text[:_NAMED_IN]}\n{text[-_NAMED_IN:]}"


def _tag_in(hit: NameHit, own: str | None) -> str | None:
    """What a name means in the language of its text, or in English, or as a language's own name."""
    spoken = base_language(own) if own else None
    readings = dict(hit.readings)
    if spoken in readings:
        return readings[spoken]
    own_name = next((tag for locale, tag in hit.readings if locale == base_language(tag)), None)
    return readings.get("en") or own_name or (hit.readings[0][1] if spoken is None else None)


def _ends(text: str) -> str:
    """The parts of a message that are read; lone surrogates, which JSON may bring, replaced."""
    read = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    return read.encode("utf-8", "replace").decode()
