"""Explicit instructions about the answer's language: "answer in Korean", "auf Englisch", "翻译成法语"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Literal

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.language_names import NameHit, find_names
from tlpo_guard.intent.masking import without_code, without_quotes
from tlpo_guard.intent.phrases import PHRASES, Phrases
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["Instruction", "Kind", "find_instruction"]

Kind = Literal["answer", "translate", "write"]

_HEAD, _TAIL = 500, 500  # characters at either end where any instruction counts; between them lies what was pasted
_CLAUSE = 300  # characters of a clause that are read before and after its name
_MOST_NAMES = 24  # that are judged, half of them the first ones
_NEAR = 60  # characters around a name that expressions look at
_NAME = "\0"  # stands for the name where expressions look at what is around it
_BOUNDARY = r"[!?。！？;؟؛।\n:：{}|•]|\.(?!\w)|…"
_COMMA = r"[,，、،]"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a message asks the answer's language to be.

    Attributes:
        languages: BCP-47 tags in the order they are named.
        kind: `answer` (a rule for answers), `translate`, `write` (a text in that language).
        standing: whether it is said to last ("always", "from now on").
        confidence: 0 to 1.
    """

    languages: tuple[str, ...]
    kind: Kind
    standing: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class _Group:
    """Names joined by "and", and the clause around them."""

    hits: tuple[NameHit, ...]
    text: str
    start: int  # of the clause
    end: int

    @property
    def before(self) -> str:
        return self.text[self.start : self.hits[0].start]

    @property
    def after(self) -> str:
        return self.text[self.hits[-1].end : self.end]

    @property
    def clause(self) -> str:
        return self.text[self.start : self.end]

    @property
    def segment(self) -> str:
        """The part of the clause between commas, the names as one mark."""
        before, after = compiled(_COMMA).split(self.before)[-1], compiled(_COMMA).split(self.after)[0]
        return f"{before}{_NAME}{after}"


@dataclass(frozen=True, slots=True)
class _Reading:
    instruction: Instruction
    group: _Group


def find_instruction(text: str, *, system: bool = False) -> Instruction | None:
    """The instruction that a message gives about the language of answers; None where it gives none.

    Args:
        text: the message; quotations and code in it are not its own words.
        system: whether it is a system prompt, whose rules may be worded as statements.
    """
    unquoted = without_quotes(without_code(text))
    folded = fold(unquoted if unquoted.strip() else without_code(text))
    hits = find_names(folded)
    if len(hits) > _MOST_NAMES:
        hits = [*hits[: _MOST_NAMES // 2], *hits[-_MOST_NAMES // 2 :]]
    readings = [reading for group in _groups(folded, hits) if (reading := _read(group, system))] if hits else []
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


def _groups(text: str, hits: Sequence[NameHit]) -> Iterator[_Group]:
    boundaries = [match.span() for match in compiled(_BOUNDARY).finditer(text)]
    joined: list[list[NameHit]] = []
    for hit in hits:
        if joined and _conjoined(text[joined[-1][-1].end : hit.start]):
            joined[-1].append(hit)
        else:
            joined.append([hit])
    for group in joined:
        first, last = group[0].start, group[-1].end
        start = max((end for _, end in boundaries if end <= first), default=0)
        end = min((begin for begin, _ in boundaries if begin >= last), default=len(text))
        start, end = max(start, first - _CLAUSE), min(end, last + _CLAUSE)
        yield _Group(tuple(group), text, *_inside_brackets(text, start, first, end))


def _inside_brackets(text: str, start: int, name_start: int, end: int) -> tuple[int, int]:
    """A clause narrowed to the brackets that its name stands in."""
    opened = max(text.rfind(mark, start, name_start) for mark in "([（")
    if opened < 0 or any(mark in text[opened:name_start] for mark in ")]）"):
        return start, end
    closed = [i for mark in ")]）" if (i := text.find(mark, name_start, end)) >= 0]
    return opened + 1, min(closed, default=end)


def _conjoined(between: str) -> bool:
    if len(between) > 20 or not between.strip():
        return False
    return any(row.conjunction.fullmatch(between) for row in _rows().values() if row.conjunction.pattern)


def _read(group: _Group, system: bool) -> _Reading | None:
    readings = group.hits[-1].readings
    named_here = [locale for locale, _ in readings if locale in _rows()]
    # "trả lời bằng English", "answer in español": English names and a language's own stand in requests of all languages.
    travels = any(locale == "en" or locale == tag for locale, tag in readings)
    others = [locale for locale in _rows() if locale not in named_here] if travels else []
    for locale in (*named_here, *others):
        row = _rows()[locale]
        kind = _kind(group, row, named_here=locale in named_here, system=system)
        if kind == "none":
            return None
        if kind is not None:
            standing = row.standing.search(group.clause) is not None
            confidence = 0.95 if kind != "write" else 0.9
            return _Reading(Instruction(_tags(group, locale), kind, standing, confidence), group)
    return None


def _tags(group: _Group, locale: str) -> tuple[str, ...]:
    tags: dict[str, None] = {}
    for hit in group.hits:
        tags[next((tag for language, tag in hit.readings if language == locale), hit.readings[0][1])] = None
    return tuple(tags)


def _kind(group: _Group, row: "_Compiled", *, named_here: bool, system: bool) -> Literal["none"] | Kind | None:
    """What the row makes of the names; `none` where it says that they are no instruction, None where it knows nothing."""
    if row.label.fullmatch(_line_before(group)):
        return "answer"
    before, after = group.before[-_NEAR:], group.after[:_NEAR]
    target = (named_here and group.hits[-1].target) or row.into.search(before) or row.after.match(after)
    genre = not target and row.genre.search(f"{before}{_NAME}{after}") is not None
    if not (target or genre):
        return "answer" if named_here and _lone(group, row) else None
    if row.aside.search(group.segment) or row.no.search(before):
        return "none"
    if system and row.same.search(group.before):
        return "none"
    kind = _verb(group, row, genre=genre, system=system)
    if kind and _asks(group, row):
        return "none"
    return kind if kind is None or _in_view(group, kind) else "none"


def _verb(group: _Group, row: "_Compiled", *, genre: bool, system: bool) -> Kind | None:
    clause = group.clause
    if row.translate.search(clause):
        return None if genre else "translate"
    if not genre and row.answer.search(clause):
        return "answer"
    if row.write.search(clause):
        return "write"
    if system and row.standing.search(clause):
        return "answer"
    return "answer" if _only_filler(group, row, row.loose_opening) else None


def _asks(group: _Group, row: "_Compiled") -> bool:
    """Whether the clause is a question about the world, with the name no afterthought to it."""
    if not row.question.match(compiled(r"^[^\p{L}]*").sub("", group.clause)):
        return False
    segment = group.segment
    apart = len(segment) < len(group.clause.rstrip()) and compiled(_COMMA).search(group.before) is not None
    return not (apart and (row.answer.search(segment) or len(segment.split()) <= 4))


def _in_view(group: _Group, kind: Kind) -> bool:
    """Whether the instruction stands at either end of the message, or is worded so that it cannot be part of a story."""
    start, length = group.hits[0].start, len(group.text)
    if start < _HEAD or length - start < _TAIL:
        return True
    return kind == "answer" and start - group.start < _NEAR


def _line_before(group: _Group) -> str:
    start = group.hits[0].start
    return group.text[group.text.rfind("\n", 0, start) + 1 : start]


def _only_filler(group: _Group, row: "_Compiled", opening: "regex.Pattern[str]") -> bool:
    edges = group.text[max(group.start - 1, 0) : group.start] + group.text[group.end : group.end + 1]
    if edges == "(:":  # a gloss: "Warsaw (Polish: Warszawa)"
        return False
    return opening.fullmatch(group.before) is not None and row.closing.fullmatch(group.after) is not None


def _lone(group: _Group, row: "_Compiled") -> bool:
    """A name with nothing but "please" or "only": "Dutch only"."""
    words = group.clause.replace(",", " ").split()
    return (
        1 < len(words) <= 4 and _only_filler(group, row, row.opening) and bool((group.before + group.after).strip(" ,"))
    )


@dataclass(frozen=True, slots=True)
class _Compiled:
    into: "regex.Pattern[str]"
    after: "regex.Pattern[str]"
    genre: "regex.Pattern[str]"
    answer: "regex.Pattern[str]"
    write: "regex.Pattern[str]"
    translate: "regex.Pattern[str]"
    aside: "regex.Pattern[str]"
    question: "regex.Pattern[str]"
    standing: "regex.Pattern[str]"
    no: "regex.Pattern[str]"
    conjunction: "regex.Pattern[str]"
    label: "regex.Pattern[str]"
    same: "regex.Pattern[str]"
    opening: "regex.Pattern[str]"
    loose_opening: "regex.Pattern[str]"
    closing: "regex.Pattern[str]"


_NOTHING = r"(?!)"


@cache
def _rows() -> dict[str, _Compiled]:
    return {locale: _compile(row) for locale, row in PHRASES.items()}


def _compile(row: Phrases) -> _Compiled:
    source = {field.name: fold(getattr(row, field.name)) for field in fields(row)}
    into, after, filler = source["into"], source["after"] or _NOTHING, source.pop("filler")
    wrapped = {
        "into": f"(?:{into})[ -]?$" if into else _NOTHING,
        "no": f"(?:{source['no']})(?:{into or _NOTHING})? ?-?$",
        "label": rf"\W*(?:\w+ )?(?:{source['label']})[ *_]*[:=：-][ *_]*" if source["label"] else _NOTHING,
        "opening": rf"\W*(?:{filler}\W*)*(?:(?:{into or _NOTHING})[ -]?)?",
        # one word that no row has, such as a misspelt "anwser", does no harm
        "loose_opening": rf"\W*(?:{filler}\W*)*(?:[a-zα-ωа-яіїє'-]+ )?(?:{filler}\W*)*(?:(?:{into or _NOTHING})[ -]?)?",
        "closing": rf"(?:{after})?\W*(?:{filler}\W*)*",
    }
    return _Compiled(
        **{name: compiled(wrapped.get(name) or source.get(name) or _NOTHING) for name in _Compiled.__slots__}
    )
