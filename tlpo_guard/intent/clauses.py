"""Names of languages that are joined, and the clause that they stand in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlpo_guard.intent.folding import fold, foldable
from tlpo_guard.intent.language_names import NameHit, find_names
from tlpo_guard.intent.masking import without_code, without_quotes
from tlpo_guard.intent.wording import wordings
from tlpo_guard.words.patterns import compiled

__all__ = ["COMMA", "NAME", "Group", "groups", "is_bilingual", "named_groups"]

NAME = "\0"  # stands for the names where expressions look at what is around them
COMMA = r"[,，、،]"
_MOST_NAMES = 24  # that are judged
_CLAUSE = 300  # characters of a clause that are read before and after its name
_BOUNDARY = r"[!?。！？;؟؛।\n:：{}|•]|\.(?!\w)|…"
_LONGEST_CONJUNCTION = 24
_BETWEEN_COLUMNS = frozenset({"-", "–", " - ", " – ", "/", " / ", "|", " | ", "↔", " ↔ "})
_SIDE_BY_SIDE = (
    r"\b(?:bilingual|side by side|columns?|glossary|vocabulary|word ?list|flash ?cards?"
    r"|dictionary|parallel text|zweisprachig\w*|spalten?"
    r"|vokabel\w*|worterliste|glossar|bilingue\w*|colonnes?|vocabulaire|glossaire|columnas?|vocabulario|glosario|colonne|vocabolario"
    r"|colunas?|tweetalig\w*|kolommen|woordenlijst|tvasprakig\w*|ordlista|tosproget\w*|ordliste|dwujezyczn\w*|kolumn\w*|slownicz\w*"
    r"|dvojjazycn\w*|sloupc\w*|slovnicek|iki dilli|sutun\w*|kelime liste\w*|dwibahasa|kolom|song ngu|cot)\b"
    r"|двуязычн|столбц|колонк|словар|двомовн|стовпц|словник|δίγλωσσ|στηλ|対訳|単語|列|병기|단어장|열|双语"
    r"|雙語|对照|對照|词汇|عمود|ثنائي|טור|दो कॉलम|कॉलम"
)
_WRITTEN_WITH_IT = "وו"  # "and" of Arabic and Hebrew, a letter of the name that follows


@dataclass(frozen=True, slots=True)
class Group:
    """Names joined by "and", and the clause around them.

    Attributes:
        hits: the names.
        text: the folded text.
        written: the same text as it was written, of the same length.
        start: offset of the clause.
        end: offset after it.
    """

    hits: tuple[NameHit, ...]
    text: str
    written: str
    start: int
    end: int

    @property
    def before(self) -> str:
        return self.text[self.start : self.hits[0].start]

    @property
    def written_before(self) -> str:
        return self.written[self.start : self.hits[0].start]

    @property
    def after(self) -> str:
        return self.text[self.hits[-1].end : self.end]

    @property
    def written_after(self) -> str:
        return self.written[self.hits[-1].end : self.end]

    @property
    def name(self) -> str:
        return self.text[self.hits[-1].start : self.hits[-1].end]

    @property
    def is_target(self) -> bool:
        """Whether the form of a name says "into this language" by itself."""
        return self.hits[0].target or self.hits[-1].target

    @property
    def clause(self) -> str:
        return self.text[self.start : self.end]

    @property
    def written_clause(self) -> str:
        return self.written[self.start : self.end]

    @property
    def segment(self) -> str:
        """The part of the clause between commas, the names as one mark."""
        before, after = compiled(COMMA).split(self.before)[-1], compiled(COMMA).split(self.after)[0]
        return f"{before}{NAME}{after}"

    @property
    def line_before(self) -> str:
        start = self.hits[0].start
        return self.text[self.text.rfind("\n", 0, start) + 1 : start]


def named_groups(text: str) -> list[Group]:
    """The names of a message's own words, in groups; of very many half of them the first ones."""
    plain = without_code(text)
    unquoted = without_quotes(plain)
    written = foldable(unquoted if unquoted.strip() else plain)
    folded = fold(written)
    hits = find_names(folded)
    if len(hits) > _MOST_NAMES:
        hits = (*hits[: _MOST_NAMES // 2], *hits[-_MOST_NAMES // 2 :])
    return list(groups(folded, written, hits)) if hits else []


def groups(text: str, written: str, hits: Sequence[NameHit]) -> Iterator[Group]:
    """The names of a text in groups, with their clauses.

    Args:
        text: folded.
        written: the same text unfolded, of the same length.
        hits: names in it, in their order.
    """
    boundaries = [match.span() for match in compiled(_BOUNDARY).finditer(text)]
    joined: list[list[NameHit]] = []
    for hit in hits:
        if joined and _conjoined(text[joined[-1][-1].end : hit.start], text[hit.start]):
            joined[-1].append(hit)
        else:
            joined.append([hit])
    for group in joined:
        first, last = group[0].start, group[-1].end
        start = max((end for _, end in boundaries if end <= first), default=0)
        end = min((begin for begin, _ in boundaries if begin >= last), default=len(text))
        start, end = max(start, first - _CLAUSE), min(end, last + _CLAUSE)
        yield Group(tuple(group), text, written, *_inside_brackets(text, start, first, end))


def is_bilingual(group: Group) -> bool:
    """Whether several languages stand side by side: "two columns, English and German", "an English-German word list"."""
    return len(group.hits) > 1 and compiled(_SIDE_BY_SIDE).search(group.clause) is not None


def _inside_brackets(text: str, start: int, name_start: int, end: int) -> tuple[int, int]:
    """A clause narrowed to the brackets that its name stands in."""
    opened = max(text.rfind(mark, start, name_start) for mark in "([（")
    if opened < 0 or any(mark in text[opened:name_start] for mark in ")]）"):
        return start, end
    closed = [i for mark in ")]）" if (i := text.find(mark, name_start, end)) >= 0]
    return opened + 1, min(closed, default=end)


def _conjoined(between: str, first: str) -> bool:
    if (between == " " and first in _WRITTEN_WITH_IT) or between in _BETWEEN_COLUMNS:
        return True
    if len(between) > _LONGEST_CONJUNCTION or not between.strip():
        return False
    return any(row.conjunction.fullmatch(between) for row in wordings().values() if row.conjunction.pattern)
