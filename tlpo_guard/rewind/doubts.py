"""What may be another's words in the last lines of an answer that is still written: quotations, titles, expansions and terms.

A finished line shows which it is. Before that it is in doubt, and the answer is watched rather than taken back.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from tlpo_guard.exemptions import Span
from tlpo_guard.languages.relations import base_language
from tlpo_guard.rewind.streams import word_drift
from tlpo_guard.scan.expected_words import ExpectedWords
from tlpo_guard.words.patterns import CAPITALISED_WORD, WORD, compiled

__all__ = ["Doubts", "doubts_of"]

_CACHED = 32  # sets of languages
_QUOTATION = 24  # words of a quotation that is waited for
_OWN = 2  # words of a quotation before the drift; from more on the quotation is the answer's own
_INTRODUCTION = 2  # words of the expected language before a colon that titles follow
_LONG = 4  # letters of the words that a title has in capitals
_TERM, _TITLE = 4, 8  # words of a term, or of a title with one capital, in an English answer
_NEAR = 6  # words between an acronym and what it stands for
_CLOSERS = {'"': '"', "“": "”", "„": "“”", "«": "»", "「": "」", "『": "』"}
_ITEM = r"\s*(?:[-–—•*+]|\d{1,3}[.)])\s+"
_ACRONYM = r"\p{Lu}{2,8}"
_OPENED_ACRONYM = r"\((\p{Lu}{0,8})$"
_SMALL_WORDS = "of the and a an for in on to by with at from or as de la le di von van der"
_SMALL = frozenset(_SMALL_WORDS.split())
_NAME = rf"{CAPITALISED_WORD}((?:[ ]+(?:{'|'.join(_SMALL_WORDS.split())})){{1,3}})\s*$"
_SEGMENT = r"""[^:,;()\[\]"“”„«»—/|]+"""
_CLAUSE = r"""(?:(?!\s(?:and|or)\s)[^.!?:,;()\[\]"“”„«»—/|])+"""  # in English


@lru_cache(maxsize=_CACHED)
def doubts_of(languages: tuple[str, ...]) -> "Doubts":
    """The doubts in answers in some languages (BCP-47 tags)."""
    return Doubts(languages)


class Doubts:
    """Finds what may turn out to be another's words.

    Args:
        languages: BCP-47 tags of the expected ones.
    """

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._count_expected = ExpectedWords(languages, word_drift(languages)).count
        self._has_terms = "en" in map(base_language, languages)

    def spans(self, text: str, start: int, *, settled: bool) -> Iterator[Span]:
        """The stretches that may be another's words, from the line on in which the drift begins.

        Args:
            text: an answer, or the end of one.
            start: offset of the first drifting word.
            settled: nothing more is waited for, such as the end of a quotation.
        """
        offset = text.rfind("\n", 0, start) + 1
        before = text[:offset].rstrip()
        opens, introduced = not before, before.endswith(":")
        for line in text[offset:].split("\n"):
            first = max(start - offset, 0)
            yield from _moved(self._titles(line, opens=opens), offset)
            yield from _moved(self._in_line(line, first, introduced=introduced, settled=settled), offset)
            offset += len(line) + 1
            opens = opens and not line.strip()
            introduced = line.rstrip().endswith(":") or (introduced and not line.strip())

    def _in_line(self, line: str, first: int, *, introduced: bool, settled: bool) -> Iterator[Span]:
        yield from self._quotations(line, first, introduced=introduced, settled=settled)
        yield from _expansions(line, settled=settled)
        if not settled:
            yield from self._open_names(line)
        if self._has_terms:
            yield from _terms(line, first)

    def _quotations(self, line: str, first: int, *, introduced: bool, settled: bool) -> Iterator[Span]:
        """Quotations, closed or not, that the line or the one before it introduces."""
        for begin, end, closed in _quoted(line):
            short = _count(line[begin:end]) <= _QUOTATION and _count(line[begin:first]) <= _OWN
            if short and (closed or not settled) and (introduced or self._count_expected(line[:begin])):
                yield begin, end

    def _titles(self, line: str, *, opens: bool) -> Iterator[Span]:
        """Parts of a list's item, or of what a line in the expected language introduces, whose words have capitals, but for
        small ones; an answer that opens with "Title: The Benefits of" has none.
        """
        item = None if opens else compiled(_ITEM).match(line)
        begin = item.end() if item is not None else line.find(":") + 1
        if item is not None or (begin and self._count_expected(line[:begin]) >= _INTRODUCTION):
            for segment in compiled(_SEGMENT).finditer(line, begin):
                if _is_title(compiled(WORD).findall(segment.group())):
                    yield segment.span()

    def _open_names(self, line: str) -> Iterator[Span]:
        """Small words behind a name inside a line, which may go on: "Der Film The Lord of the"."""
        match = compiled(_NAME).search(line)
        if match is not None and self._count_expected(line[: match.start()]):
            yield match.span(1)


def _moved(spans: Iterator[Span], by: int) -> Iterator[Span]:
    return ((begin + by, end + by) for begin, end in spans)


def _quoted(line: str) -> Iterator[tuple[int, int, bool]]:
    """The quotations of a line with their marks, and whether they are closed."""
    closers, begin = "", 0
    for place, char in enumerate(line):
        if closers and char in closers:
            yield begin, place + 1, True
            closers = ""
        elif not closers and char in _CLOSERS:
            closers, begin = _CLOSERS[char], place
    if closers:
        yield begin, len(line), False


def _count(text: str) -> int:
    return len(compiled(WORD).findall(text))


def _is_title(words: Sequence[str]) -> bool:
    inside = [place for place, word in enumerate(words) if word not in _SMALL]
    if not inside:
        return False
    words = words[inside[0] : inside[-1] + 1]
    capitals = [word[0].isupper() for word in words]
    large = all(capital or word in _SMALL or len(word) < _LONG for capital, word in zip(capitals, words, strict=True))
    return capitals[0] and large and 2 * sum(capitals) >= len(words)


def _expansions(line: str, *, settled: bool) -> Iterator[Span]:
    """What an acronym on the line stands for, word by letter."""
    words = [match.span() for match in compiled(WORD).finditer(line)]
    for index, (begin, end) in enumerate(words):
        if compiled(_ACRONYM).fullmatch(line, begin, end):
            letters = line[begin:end].lower()
            reach = 2 * len(letters)
            yield from _spelled_before(line, words[max(index - reach, 0) : index], letters)
            for place in range(index + 1, min(index + 1 + _NEAR, len(words))):
                if last := _spelled(line, words[place : place + reach], letters, settled=settled):
                    yield words[place][0], last
                    break
    if not settled and (opened := compiled(_OPENED_ACRONYM).search(line)) is not None:
        before = [begin for begin, _ in words if begin < opened.start()][-_NEAR:]
        yield from ((begin, opened.start()) for begin in before[:1])


def _spelled(line: str, words: Sequence[Span], letters: str, *, settled: bool) -> int:
    """Where the words end that begin with some letters, one after the other; 0 where they do not, as far as they are written."""
    place = 0
    for begin, end in words:
        word = line[begin:end].lower()
        if word.startswith(letters[place]):
            place += 1
            if place == len(letters):
                return end
        elif not place or word not in _SMALL:
            return 0
    return 0 if settled else words[-1][1]


def _spelled_before(line: str, words: Sequence[Span], letters: str) -> Iterator[Span]:
    for place, (begin, _) in enumerate(words):
        if _spelled(line, words[place:], letters, settled=True) == words[-1][1]:
            yield begin, words[-1][1]
            return


def _terms(line: str, first: int) -> Iterator[Span]:
    """Clauses of an English answer, from the drift on, that are short enough for a term or, with a capital, for a title."""
    is_item = compiled(_ITEM).match(line) is not None
    for clause in compiled(_CLAUSE).finditer(line, first):
        words = [match.span() for match in compiled(WORD).finditer(line, *clause.span())]
        if words and len(words) <= (_TITLE if _may_begin_title(line, words[0][0], is_item=is_item) else _TERM):
            yield clause.span()


def _may_begin_title(line: str, place: int, *, is_item: bool) -> bool:
    """Whether a word has a capital and does not begin a sentence."""
    before = line[:place].rstrip(" \"“”„«»*_'")
    return line[place].isupper() and (is_item or before.endswith(":") or before[-1:].isalpha())
