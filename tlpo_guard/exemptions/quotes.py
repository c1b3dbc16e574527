"""Another's words inside an answer of the expected language: quotations, glosses in brackets, quoted lines, logs."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import script_of, writing_system
from tlpo_guard.words.patterns import CAPITALISED_WORD, HYPHENATED_WORD, compiled

__all__ = ["Glosses", "Logs", "QuotedLines", "Quotes", "open_quotation"]

# No mark may stand inside its own pair, so that each is looked at once.
_QUOTATION = r"""(?P<quotation>
      “[^“”\n]+” | „[^„“”\n]+[“”] | «[^«»\n]+» | »[^«»\n]+« | ‘[^‘’\n]+’(?!\w)
    | 「[^「」\n]+」 | 『[^『』\n]+』 | 《[^《》\n]+》 | "[^"\n]+" | (?<!\w)'[^'\n]+'(?!\w)
    )"""
_BRACKETS = r"(?P<brackets>\([^()\n]+\) | （[^（）\n]+） | \[[^\[\]\n]+\] | 【[^【】\n]+】)"
_EMPHASIS = r"(?P<emphasis>(?<![*\w])\*{1,3}[^*\n]+\*{1,3}(?![*\w]))"
_MARKED = re.compile(f"{_QUOTATION} | {_BRACKETS} | {_EMPHASIS}", re.VERBOSE)
_UNEMPHASISED = re.compile(f"{_QUOTATION} | {_BRACKETS}", re.VERBOSE)
_CLOSED_QUOTATION = re.compile(_QUOTATION, re.VERBOSE)
_OPENS_QUOTATION = re.compile(r"[“„«»「『《\"]|(?<!\w)‘")
_LONGEST_OPEN = 80  # characters of a quotation that is not closed yet
_COMMON = frozenset({"Zyyy", "Zinh"})
_LEAST = 3  # words of the expected language on the line
_SHORT = 5  # words in brackets or emphasis that may be a term; more are a clause
_LONG = 6  # words in emphasis, in another script than the answer's, that may be a title
_GLOSS_WORDS, _GLOSS_LETTERS = 4, 16  # in another script; letters where no spaces stand between words
_CLAUSE_ENDS = re.compile(r"[。！？!?；;，、](?!$)|[.。！？!?][\"'”’»」』)）]*$")
_QUOTED_LINE = re.compile(r"^[ \t]{0,3}>[^\n]*", re.MULTILINE)
_LOG_LINE = re.compile(
    r"""^[ \t]*(?:
        \[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d | \[?\d\d:\d\d:\d\d | \[?(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE)\b[\]:\ -]
      | Traceback[ ]\(most | File[ ]"[^"\n]+",[ ]line[ ]\d | at[ ][\w.$<>]+\( | [A-Za-z_.]*(?:Error|Exception):
      | (?:error|warning|fatal|npm[ ]ERR!)(?:\[\w+\])?: | [$#%>][ ]\w
    )[^\n]*""",
    re.VERBOSE | re.MULTILINE,
)
# A command without a fence: a word in lower case that a line begins with, and signs of a shell behind it; or a prompt before it.
_COMMAND_LINE = re.compile(
    r"""^[ \t]*(?:
        (?:sudo[ ])?[a-z][a-z0-9._+-]{0,40}(?=[ ])
            (?=[^\n]{0,200}[ ](?:&&|\|\||\||2?>{1,2}|--?[A-Za-z][\w-]*|\.{0,2}/[\w.-]|[A-Z_]+=|\$\w|https?://))
            (?![^\n]*[a-z][.!?][ ])
      | (?:sudo|apt(?:-get)?|brew|cd|chmod|cp|curl|docker|git|kubectl|make|mkdir|mv|npm|npx|pip|rm|systemctl|yarn)
            (?:[ ][\w.@:/=~*-]+){1,5}[ ]*$
      | [\w.-]+@[\w.-]+:[^\s$\#]*[$\#][ ]
    )[^\n]*""",
    re.VERBOSE | re.MULTILINE | re.ASCII,
)


class Quotes:
    """Text in quotation marks, and terms in brackets or emphasis, on a line with three words of the expected language besides.

    Args:
        count_expected: how many words of the expected language a stretch of a line has.
        pure: only those without a word of the expected language.
    """

    def __init__(self, count_expected: Callable[[str], int], *, pure: bool = False) -> None:
        self._count_expected = count_expected
        self._pure = pure

    def spans(self, text: str) -> Iterator[Span]:
        """The quotations with their marks."""
        for start, end, matches in _lines(text, _MARKED):
            quotations = [match.span() for match in matches if self._is_quotation(match)]
            if quotations and self._count_expected(_without(text, start, end, quotations)) >= _LEAST:
                yield from quotations

    def _is_quotation(self, match: re.Match[str]) -> bool:
        most = _LONG if self._pure and match.lastgroup == "emphasis" else None
        if match.lastgroup != "quotation" and not _is_term(match.group(), most):
            return False
        return not self._pure or not self._count_expected(match.group())


class Glosses:
    """A few words in another script, in quotation marks or brackets on such a line: a name in its own script behind the name,
    perhaps with the language's name before it and a romanisation behind.

    Args:
        count_expected: how many words of the expected language a stretch of a line has.
    """

    def __init__(self, count_expected: Callable[[str], int]) -> None:
        self._count_expected = count_expected

    def spans(self, text: str) -> Iterator[Span]:
        """The glosses with their marks."""
        if text.isascii():
            return
        for start, end, matches in _lines(text, _UNEMPHASISED):
            glosses = [match.span() for match in matches if not match.group().isascii() and _is_gloss(match.group())]
            if glosses and self._count_expected(_without(text, start, end, glosses)) >= _LEAST:
                yield from glosses


class QuotedLines:
    """Lines that begin with a greater-than sign, in an answer that has three words of the expected language besides.

    Args:
        count_expected: how many words of the expected language a stretch of text has.
    """

    def __init__(self, count_expected: Callable[[str], int]) -> None:
        self._count_expected = count_expected

    def spans(self, text: str) -> Iterator[Span]:
        """The lines."""
        if ">" in text:
            quoted = [match.span() for match in _QUOTED_LINE.finditer(text)]
            if quoted and self._count_expected(_without(text, 0, len(text), quoted)) >= _LEAST:
                yield from quoted


class Logs:
    """Lines of logs, stack traces and terminals, which are nobody's prose."""

    def spans(self, text: str) -> Iterator[Span]:
        """The lines."""
        yield from (match.span() for match in _LOG_LINE.finditer(text))
        yield from (match.span() for match in _COMMAND_LINE.finditer(text))


def open_quotation(text: str) -> int:
    """Where a short quotation begins that the last line has not closed; the text's length where there is none."""
    start = text.rfind("\n") + 1
    line = _CLOSED_QUOTATION.sub(lambda match: " " * len(match.group()), text[start:])
    opens = _OPENS_QUOTATION.search(line)
    if opens is None or len(line) - opens.start() > _LONGEST_OPEN:
        return len(text)
    return start + opens.start()


def _lines(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, list[re.Match[str]]]]:
    """The lines that a pattern matches in: first offset, offset after the last, matches."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if matches := list(pattern.finditer(text, start, end)):
            yield start, end, matches
        start = end + 1


def _is_term(marked: str, most: int | None) -> bool:
    """Whether a stretch in brackets or emphasis is a term or a title rather than a clause, of so many words at most."""
    words = compiled(HYPHENATED_WORD).findall(marked)
    if most is not None and len(words) > most:
        return False
    return len(words) <= _SHORT or 2 * len(compiled(CAPITALISED_WORD).findall(marked)) >= len(words)


def _is_gloss(marked: str) -> bool:
    """Whether what is in other scripts than the words around is short, and no sentence."""
    inside = marked[1:-1].strip()
    if (_CLAUSE_ENDS.search(inside) and not _is_list(inside)) or _mixes_scripts(inside):
        return False
    letters = sum(1 for char in inside if script_of(char) in SCRIPTS_WITHOUT_SPACES)
    words = sum(
        1 for word in compiled(HYPHENATED_WORD).findall(inside) if writing_system(word[0]) not in ("Latn", "Jpan")
    )
    return letters <= _GLOSS_LETTERS and words <= _GLOSS_WORDS


def _mixes_scripts(inside: str) -> bool:
    """Whether a letter of another script stands right behind one in Latin letters, which no gloss in its own script does."""
    return any(
        a.isalpha() and b.isalpha() and {script_of(a), script_of(b)} - _COMMON > {"Latn"} for a, b in pairwise(inside)
    )


def _is_list(inside: str) -> bool:
    """Whether commas and semicolons part names: "東京, Tōkyō"."""
    return not re.search(r"[。！？!?，]", inside) and all(
        len(part) <= _GLOSS_LETTERS for part in re.split(r"[;；,、]", inside)
    )


def _without(text: str, start: int, end: int, spans: list[Span]) -> str:
    """A stretch of text without some spans in it."""
    pieces, piece_start = [], start
    for span_start, span_end in spans:
        pieces.append(text[piece_start:span_start])
        piece_start = span_end
    return " ".join([*pieces, text[piece_start:end]])
