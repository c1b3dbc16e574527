"""How well the words of a text fit each language, by the frequency lists of wordfreq (Speer 2022)."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.intent import folding
from tlpo_guard.intent.folding import fold
from tlpo_guard.languages import relations
from tlpo_guard.languages.relations import INTENT_TAGS, LISTS_BY_SCRIPT
from tlpo_guard.words.kept import kept
from tlpo_guard.words.lists import frequency_list, path_of_list
from tlpo_guard.words.patterns import WORD, compiled

__all__ = ["LATIN_LISTS", "Votes", "columns_of", "frame_words", "tag_of_list", "votes", "words_of", "zipf_values"]

LATIN_LISTS = LISTS_BY_SCRIPT["Latn"]  # wordfreq's names of the languages in Latin letters

_LATIN_LETTERS = "lj nj dž a b v g d đ e ž z i j k l m n o p r s t ć u f h c č š"
_CYRILLIC_LETTERS = "љ њ џ а б в г д ђ е ж з и ј к л м н о п р с т ћ у ф х ц ч ш"
_LONGEST_LIST = 6000  # words of each list, the most frequent first
_MOST_WORDS = 80  # of a text
# Zipf values (log10 of occurrences per 10^9 words) in hundredths.
_COMMONEST = 540  # of the few hundred commonest words
_KNOWN = 490  # of words that nearly everybody uses
_BARE = 100  # that a spelling without accents loses
_UNSEEN = 230  # given to words that are not on a list
_MOST = 900  # of the first place of a list; each place is one less


@dataclass(frozen=True, slots=True)
class Votes:
    """What the words say.

    Attributes:
        scores: language -> mean over words of log10 (frequency / frequency of unlisted words), 0 or more.
        coverage: language -> share of the letters in words that are on its list, 0 to 1.
        words: how many words were read.
    """

    scores: dict[str, float]
    coverage: dict[str, float]
    words: int


def words_of(text: str) -> list[str]:
    """Words of a text in lower case."""
    return [word.lower().replace("’", "'") for word in compiled(WORD).findall(text)]


def votes(text: str, script: str) -> Votes:
    """Votes of the first words of a text for the languages of a script."""
    table = _table(script)
    words = [part for word in _plain_words(text)[:_MOST_WORDS] for part in _parts(word, table)]
    lengths, found = table.look_up(words)
    listed = found > 0
    sums = (found.sum(axis=0) - _UNSEEN * listed.sum(axis=0)).tolist()
    letters = (lengths @ listed).tolist()
    count, length = 100 * max(len(words), 1), max(sum(map(len, words)), 1)
    voting = [(lang, i) for i, lang in enumerate(table.languages) if letters[i]]
    return Votes(
        {lang: sums[i] / count for lang, i in voting}, {lang: letters[i] / length for lang, i in voting}, len(words)
    )


def _plain_words(text: str) -> list[str]:
    """Words without those that look like names: capitals inside a sentence that has other words."""
    words = compiled(WORD).findall(text)
    if text.isupper():
        return words_of(text)
    plain = [word for i, word in enumerate(words) if i == 0 or not word[0].isupper()]
    return [word.lower().replace("’", "'") for word in plain]


def frame_words(text: str) -> int:
    """How many words of a text, in Latin letters, make a sentence of one language: commonest words, and others that are known.

    Words with a capital count against it: "Game of Thrones" is a title. None where there is none of the commonest.
    """
    words: list[str] = compiled(r"\p{Latin}[\p{Latin}\p{M}'’-]*+").findall(text)
    _, found = _table("Latn").look_up(map(str.lower, words))
    known = (found >= _KNOWN).sum(axis=0)[(found >= _COMMONEST).any(axis=0)]
    capitals = sum(word[0].isupper() for word in words[1:])
    return int(known.max(initial=0)) - capitals


def tag_of_list(lang: str) -> str:
    """The BCP-47 tag of a decision for wordfreq's name of a list."""
    return INTENT_TAGS.get(lang, lang)


@cache
def columns_of(tag: str) -> tuple[int, ...]:
    """The places in `LATIN_LISTS` of the lists that speak for a tag."""
    return tuple(i for i, lang in enumerate(LATIN_LISTS) if tag_of_list(lang) == tag)


def zipf_values(words: Iterable[str]) -> NDArray[np.float64]:
    """How common words in Latin letters are by each of `LATIN_LISTS`, 0 where it lacks one; float64 [words, lists]."""
    table = _table("Latn")
    forms = [word.lower().replace("’", "'") for word in words]
    rows = [table.rows.get(form, -1) for form in forms]
    values = table.zipfs[rows] / 100
    for index, (row, form) in enumerate(zip(rows, forms, strict=True)):
        if row < 0:
            values[index] = _of_parts(form, table)
    return values


def _of_parts(form: str, table: "_Table") -> NDArray[np.float64]:
    """The zipf values of a word that no list has: those of the last part beside an apostrophe that a list has ("l'acqua")."""
    values = np.zeros(len(table.languages))
    for part in form.split("'") if "'" in form else ():
        if len(part) > 1 and (row := table.rows.get(part)) is not None:
            values = np.where(table.zipfs[row], table.zipfs[row] / 100, values)
    return values


@dataclass(frozen=True, slots=True)
class _Table:
    """How common words are in the languages of a script.

    Attributes:
        languages: ISO 639 codes.
        rows: word -> its row.
        zipfs: hundredths of zipf values, 0 where a language's list lacks the word; uint16 [words, languages].
    """

    languages: tuple[str, ...]
    rows: dict[str, int]
    zipfs: NDArray[np.uint16]

    def look_up(self, words: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The lengths of the words that any list has, and their zipf values; int64 [words], int64 [words, languages]."""
        found = [(row, len(word)) for word in words if (row := self.rows.get(word)) is not None]
        pairs = np.asarray(found, dtype=np.int64).reshape(-1, 2)
        return pairs[:, 1], self.zipfs[pairs[:, 0]].astype(np.int64)


def _parts(word: str, table: _Table) -> list[str]:
    """A word, or what stands around its apostrophe where the lists have it only in parts ("l'acqua")."""
    return [word] if "'" not in word or word in table.rows else word.split("'")


def _spelled(words: Sequence[str], lang: str) -> Sequence[str]:
    """Serbian words in Cyrillic letters; others as they are."""
    if lang != "sr":
        return words
    text = "\n".join(words)
    for latin, cyrillic in zip(_LATIN_LETTERS.split(), _CYRILLIC_LETTERS.split(), strict=True):
        text = text.replace(latin, cyrillic)
    return text.split("\n")


@cache
def _table(script: str) -> _Table:
    languages = LISTS_BY_SCRIPT.get(script, ())
    if not languages:
        return _Table((), {}, np.zeros((0, 0), dtype=np.uint16))
    sources = [Path(module.__file__ or "") for module in (folding, relations, sys.modules[__name__])]
    sources += [path_of_list(_source(lang)) for lang in languages]
    tables = kept(f"votes-{script}", sources, lambda: _made(languages))
    words = tables["words"].tobytes().decode().split("\n")
    return _Table(languages, dict(zip(words, range(len(words)), strict=True)), tables["zipfs"])


def _made(languages: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The words as UTF-8, one on a line, and the zipf values of a `_Table`; uint8 [bytes], uint16 [words, languages]."""
    rows: dict[str, int] = {}
    places, zipfs = [], []
    for lang in languages:
        words = _zipfs_of(lang)
        places.append(np.fromiter((rows.setdefault(word, len(rows)) for word in words), np.int64, len(words)))
        zipfs.append(np.fromiter(words.values(), np.uint16, len(words)))
    table = np.zeros((len(rows), len(languages)), dtype=np.uint16)
    for column, (place, zipf) in enumerate(zip(places, zipfs, strict=True)):
        table[place, column] = np.maximum(zipf, _UNSEEN)
    return {"words": np.frombuffer("\n".join(rows).encode(), dtype=np.uint8), "zipfs": table}


def _source(lang: str) -> str:
    """The list of a language; Serbian's is in Latin letters."""
    return "sh" if lang == "sr" else lang


def _zipfs_of(lang: str) -> dict[str, int]:
    """The commonest words of a language, and their spellings without accents, with hundredths of their zipf values."""
    words: dict[str, int] = {}
    for index, bucket in enumerate(frequency_list(_source(lang))):
        words.update(dict.fromkeys(_spelled(bucket, lang), _MOST - index))
        if len(words) >= _LONGEST_LIST:
            break
    # Many leave the accents out; such a spelling is rarer than the right one.
    folded = fold("\n".join(words)).split("\n")  # at once takes half the time that one by one takes
    bare = {plain: zipf - _BARE for plain, zipf in zip(folded, words.values(), strict=True) if plain not in words}
    return words | bare
