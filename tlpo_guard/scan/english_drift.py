"""English words and clauses in answers in another script, for the strict mode; names, brands, units and codes are no English."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlpo_guard.brought import Brought
from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import script_of
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words.english import is_english, is_listed, travels
from tlpo_guard.words.frequencies import frequencies
from tlpo_guard.words.latin import is_term
from tlpo_guard.words.patterns import compiled
from tlpo_guard.words.segment import normal_form

__all__ = ["EnglishScan"]

_LETTER = r"\p{Latin}\p{M}"
# A word with what is joined to it: digits, a hyphen, an underscore and what else makes a name or a code of it.
_WORD = rf"[\p{{Latin}}\p{{N}}_][{_LETTER}\p{{N}}_]*(?:[’'\-./+&][{_LETTER}\p{{N}}_]+)*"
_RUN = rf"{_WORD}(?:[ ,;:]+{_WORD})*"
_TITLE_RUN = rf"{_WORD}(?:[ ,;:“”\"'’‘\-–—]+{_WORD})*"
_HEADING = r"(?m)^[ \t]*(?:#{1,6}[ \t]+|\*\*)([^\n#*|]*+)"
_LONG = 4  # letters; such a word is English by itself, a shorter one may be a unit, a symbol or a name's link
_FEWEST_SHORT = 3  # short words in a run that make a clause
_TITLE = 6  # words of a title
_TITLE_SHARE = 0.8  # of them on the English list
_GRAMMAR = 6.0  # zipf value of the words that every title in English has
_FEWEST_GRAMMAR = 2
_NATS = 6.0  # that one word counts, as in a word drift


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str

    @property
    def form(self) -> str:
        return normal_form(self.text)


class EnglishScan:
    """Finds English words in lower case, clauses of short ones, and headings."""

    def drifts(self, text: str, brought: Brought) -> Iterator[Drift]:
        """The stretches of English, in order; none overlap.

        Args:
            text: the answer; what may be English is blank in it.
            brought: the strings of the conversation, which may be said again.
        """
        end = 0
        for drift in sorted([*_runs(text), *_headings(text), *_titles(text)], key=lambda d: (d.start, -d.end)):
            if drift.start >= end and not (brought and brought.holds(text[drift.start : drift.end])):
                yield drift
                end = drift.end


def _runs(text: str) -> Iterator[Drift]:
    for run in compiled(_RUN).finditer(text):
        tokens = [
            _Token(word.start(), word.end(), word.group()) for word in compiled(_WORD).finditer(text, *run.span())
        ]
        if _is_piece(text, *run.span()):
            continue
        english = [token for token in tokens if _is_lower_case(token) and is_english(token.form)]
        long = [token for token in english if len(token.text) >= _LONG and not is_term(token.text)]
        if long or (len(english) >= _FEWEST_SHORT and 2 * len(english) >= len(tokens)):
            yield _drift(english)


def _is_piece(text: str, start: int, end: int) -> bool:
    """Whether letters of a script with spaces between words touch a run: it is part of a word, unless a particle follows it."""
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    return _has_spaces(before) or (_has_spaces(after) and script_of(after) != "Hang")


def _has_spaces(char: str) -> bool:
    return char.isalpha() and script_of(char) not in SCRIPTS_WITHOUT_SPACES


def _is_lower_case(token: _Token) -> bool:
    return token.text.replace("-", "").replace("'", "").replace("’", "").isalpha() and token.text.islower()


def _headings(text: str) -> Iterator[Drift]:
    """Headings that are wholly of English words, capitals or not: "## Summary"."""
    for heading in compiled(_HEADING).finditer(text):
        end = text.find("\n", heading.end())
        if any(map(str.isalpha, text[heading.end() : len(text) if end < 0 else end])):
            continue  # a bold word that a line begins with
        tokens = [
            _Token(word.start(), word.end(), word.group()) for word in compiled(_WORD).finditer(text, *heading.span(1))
        ]
        letters = sum(map(str.isalpha, heading.group(1)))
        if tokens and letters == sum(map(len, (t.text for t in tokens))) and all(map(_is_plain, tokens)):
            yield _drift(tokens)


def _titles(text: str) -> Iterator[Drift]:
    """Titles in capitals that are as long as a sentence and have its grammar: "The Effects of Salt on the Growth of Rice"."""
    for run in compiled(_TITLE_RUN).finditer(text):
        tokens = [
            _Token(word.start(), word.end(), word.group()) for word in compiled(_WORD).finditer(text, *run.span())
        ]
        if len(tokens) < _TITLE or _is_piece(text, *run.span()):
            continue
        listed = [token for token in tokens if is_listed(token.form)]
        grammar = {token.form for token in tokens if frequencies("en").zipf(token.form) >= _GRAMMAR}
        if len(listed) >= _TITLE_SHARE * len(tokens) and len(grammar) >= _FEWEST_GRAMMAR:
            yield _drift(listed)


def _is_plain(token: _Token) -> bool:
    return token.text[1:].islower() and is_english(token.form) and (len(token.text) < _LONG or not travels(token.form))


def _drift(tokens: Sequence[_Token]) -> Drift:
    return Drift(tokens[0].start, tokens[-1].end, DriftKind.WORD, "en", _NATS * len(tokens))
