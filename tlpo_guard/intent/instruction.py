"""Explicit instructions about the answer's language: "answer in Korean", "auf Englisch", "翻译成法语"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tlpo_guard.intent.clauses import COMMA, NAME, Group, is_bilingual, named_groups
from tlpo_guard.intent.further_phrases import FURTHER_PHRASES
from tlpo_guard.intent.lessons import lesson
from tlpo_guard.intent.negations import denied_behind, rather_in, reminds
from tlpo_guard.intent.repetition import again_beside, says_again
from tlpo_guard.intent.statements import states
from tlpo_guard.intent.surroundings import describes_a_noun, is_english, names_a_script
from tlpo_guard.intent.third_parties import of_a_third_party
from tlpo_guard.intent.topics import is_topic
from tlpo_guard.intent.wording import Wording, wordings
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["Instruction", "Kind", "find_instruction"]

Kind = Literal["answer", "translate", "write"]

_HEAD, _TAIL = 500, 500  # characters at either end where any instruction counts; between them lies what was pasted
_MOST_WORDS = 80  # characters of an instruction that are kept
_NEAR = 60  # characters around a name that expressions look at
_FEW_WORDS = 10  # of "not in German but in English", which needs no verb
_LESSON = 0.9  # confidence in both languages of a lesson


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a message asks the answer's language to be.

    Attributes:
        languages: BCP-47 tags in the order they are named.
        kind: `answer` (a rule for answers), `translate`, `write` (a text in that language).
        standing: whether it is said to last ("always", "from now on").
        confidence: 0 to 1.
        text: the words that say so.
    """

    languages: tuple[str, ...]
    kind: Kind
    standing: bool
    confidence: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    instruction: Instruction
    group: Group


def find_instruction(text: str, *, system: bool = False) -> Instruction | None:
    """The instruction that a message gives about the language of answers; None where it gives none.

    Args:
        text: the message; quotations and code in it are not its own words.
        system: whether it is a system prompt, whose rules may be worded as statements.
    """
    named = named_groups(text)
    if taught := lesson(named, system=system):
        tags, first = taught
        return Instruction(tuple(tags), "answer", True, _LESSON, first.written_clause.strip()[:_MOST_WORDS])
    readings = [reading for group in named if (reading := _read(group, system))]
    return _choose(readings) if readings else None


def _choose(readings: Sequence[_Reading]) -> Instruction:
    first = readings[0]
    # What follows "translate into French:" is the text to translate, whatever it asks for.
    opens = first.group.text[first.group.end : first.group.end + 1]
    if first.instruction.kind == "translate" and opens in (":", "：", "\n"):
        return first.instruction
    for kind in ("answer", "translate", "write"):
        of_kind = [one.instruction for one in readings if one.instruction.kind == kind]
        if of_kind:
            return of_kind[-1]
    return first.instruction


def _read(group: Group, system: bool) -> _Reading | None:
    readings = group.hits[-1].readings
    named_here = [locale for locale, _ in readings if locale in wordings()]
    # "trả lời bằng English", "answer in español": English names and a language's own stand in requests of all languages.
    travels = any(locale == "en" or locale == tag for locale, tag in readings)
    spoken = ("en",) if travels and is_english(group.clause) else wordings()
    others = [locale for locale in spoken if locale not in named_here] if travels else []
    for locale in (*named_here, *others):
        kind = _kind(group, locale, named_here=locale in named_here, system=system)
        if kind == "none":
            return None
        if kind is not None:
            standing = wordings()[locale].standing.search(group.clause) is not None
            words = group.written_clause.strip()[:_MOST_WORDS]
            return _Reading(
                Instruction(_tags(group, locale), kind, standing, _confidence(group, locale, kind), words), group
            )
    return None


def _confidence(group: Group, locale: str, kind: Kind) -> float:
    """How sure an instruction is: less where the name only describes the text to write ("a Chinese poem")."""
    if kind != "write":
        return 0.95
    row = wordings()[locale]
    before, after = group.before[-_NEAR:], group.after[:_NEAR]
    plain = group.is_target or row.into.search(before) or row.after.match(after)
    return 0.9 if plain else 0.7


def _tags(group: Group, locale: str) -> tuple[str, ...]:
    tags: dict[str, None] = {}
    for hit in group.hits:
        tags[next((tag for language, tag in hit.readings if language == locale), hit.readings[0][1])] = None
    return tuple(tags)


def _kind(group: Group, locale: str, *, named_here: bool, system: bool) -> Literal["none"] | Kind | None:
    """What the row makes of the names; `none` where it says that they are no instruction, None where it knows nothing."""
    row = wordings()[locale]
    if row.label.fullmatch(group.line_before):
        return "answer"
    before, after = group.before[-_NEAR:], group.after[:_NEAR]
    target = (named_here and group.is_target) or row.into.search(before) or row.after.match(after)
    target = target or is_bilingual(group) or (named_here and again_beside(locale, before, after))
    genre = not target and row.genre.search(f"{before}{NAME}{after}") is not None
    if not (target or genre):
        return "answer" if named_here and _lone(group, row) else None
    denied = row.no.search(before) or denied_behind(locale, group.after, group.written_before)
    if row.aside.search(group.segment) or (denied and not reminds(group.clause)):
        return "none"
    if not genre and not is_bilingual(group) and (_describes(group, locale, row) or is_topic(group, locale, row)):
        return "none"
    if not system and (of_a_third_party(locale, group.before, group.after) or states(locale, group.before, row)):
        return "none"
    if system and row.same.search(group.before):
        return "none"
    if not genre and not system and says_again(locale, group.clause) and not _asks(group, locale, row):
        return "translate"
    if named_here and rather_in(before) and len(group.clause.split()) <= _FEW_WORDS:
        return "answer"
    kind = _verb(group, row, genre=genre, system=system, alone=named_here or locale not in FURTHER_PHRASES)
    if kind and _asks(group, locale, row):
        return "none"
    return kind if kind is None or _in_view(group, kind) else "none"


def _describes(group: Group, locale: str, row: Wording) -> bool:
    """Whether the last name belongs to a noun beside it, or means the language's letters."""
    if names_a_script(group.after):
        return True
    verbs = "|".join(filter(None, (row.answer.pattern, row.write.pattern, row.translate.pattern)))
    return describes_a_noun(locale, group.before, group.name, group.after, group.written_after, verbs=verbs)


def _verb(group: Group, row: Wording, *, genre: bool, system: bool, alone: bool) -> Kind | None:
    clause = group.clause
    if row.translate.search(clause):
        return None if genre else "translate"
    if not genre and row.answer.search(clause):
        return "answer"
    if row.write.search(clause):
        return "write"
    if system and row.standing.search(clause):
        return "answer"
    return "answer" if alone and _only_filler(group, row, row.loose_opening) else None


def _asks(group: Group, locale: str, row: Wording) -> bool:
    """Whether the clause is a question about the world, with the name no afterthought to it."""
    if not row.question.match(compiled(r"^[^\p{L}]*").sub("", group.clause)):
        return False
    if locale == "th" and " " in group.before and row.answer.search(group.before.rsplit(" ", 1)[1]):
        return False  # a space ends a clause, too
    segment = group.segment
    apart = len(segment) < len(group.clause.rstrip()) and compiled(COMMA).search(group.before) is not None
    return not (apart and (row.answer.search(segment) or len(segment.split()) <= 4))


def _in_view(group: Group, kind: Kind) -> bool:
    """Whether the instruction stands at either end of the message, or is worded so that it cannot be part of a story."""
    start, length = group.hits[0].start, len(group.text)
    if start < _HEAD or length - start < _TAIL:
        return True
    return kind == "answer" and start - group.start < _NEAR


def _only_filler(group: Group, row: Wording, opening: "regex.Pattern[str]") -> bool:
    edges = group.text[max(group.start - 1, 0) : group.start] + group.text[group.end : group.end + 1]
    if edges == "(:":  # a gloss: "Warsaw (Polish: Warszawa)"
        return False
    return opening.fullmatch(group.before) is not None and row.closing.fullmatch(group.after) is not None


def _lone(group: Group, row: Wording) -> bool:
    """A name with nothing but "please" or "only": "Dutch only"."""
    words = group.clause.replace(",", " ").split()
    return (
        1 < len(words) <= 4 and _only_filler(group, row, row.opening) and bool((group.before + group.after).strip(" ,"))
    )
