"""Which words in Latin letters are English ones, and not names."""

from collections.abc import Iterator
from functools import lru_cache

from tlpo_guard.words.frequencies import frequencies

__all__ = ["ABROAD", "GAP", "is_borrowed", "is_english", "is_listed", "travels"]

_STEM = 3.5  # zipf value of a short word that others are made of; a longer one is only listed
_SHORTEST_STEM, _LONG_STEM = 4, 5  # letters
_LEAST = 0.1  # zipf value of any listed word
_PART = 3.6  # of each part of a compound
_SHORTEST_PART = 4  # letters
_SUFFIXES = (
    "s", "es", "d", "ed", "ing", "ings", "ly", "er", "ers", "est", "ness", "less", "ful", "able", "ment", "ments", "ation",
    "ations", "ize", "ized", "izing", "ise", "ised", "ising", "ion", "ions", "y", "ily", "ity", "ship",
)  # fmt: skip
_PREFIXES = ("un", "re", "non", "over", "under", "mis", "out", "pre", "dis", "inter", "anti", "multi")
_VOWELS = frozenset("aeiou")
ABROAD = ("pl", "fi", "hu")  # lists that have a name nearly as often as English has it, and an English word hardly ever
GAP = 0.5  # zipf values by which an English word is commoner in English
_BORROWERS = ("fi", "hu", "id", "it")  # whose own words are hardly ever spelt as English ones
_BORROWED_GAP = 0.8  # zipf values by which a loan word may be commoner in English
_BORROWED_BY = 2  # of these languages
_CACHED_WORDS = 8192


@lru_cache(maxsize=_CACHED_WORDS)
def is_english(word: str) -> bool:
    """Whether a word, in normal form, is on the English list, or is made of words that are."""
    if is_listed(word):
        return True
    plain = word.removesuffix("'s")
    return is_listed(plain) or _derived(plain) or _prefixed(plain) or _compound(plain)


def is_listed(word: str) -> bool:
    """Whether a word, in normal form, is on the English list as it stands; its parts around an apostrophe count, too."""
    return all(_zipf(part) > 0.0 for part in word.split("'")) or _zipf(word) > 0.0


@lru_cache(maxsize=_CACHED_WORDS)
def travels(word: str) -> bool:
    """Whether a word, in normal form, is about as common in other languages as in English, as names and brands are."""
    abroad = sorted(frequencies(tag).zipf(word) for tag in ABROAD)[len(ABROAD) // 2]
    return abroad > 0.0 and _zipf(word) - abroad < GAP


@lru_cache(maxsize=_CACHED_WORDS)
def is_borrowed(word: str) -> bool:
    """Whether an English word, in normal form, is a loan word of several languages: nearly as common there."""
    return sum(0.0 < _zipf(word) - _BORROWED_GAP <= frequencies(tag).zipf(word) for tag in _BORROWERS) >= _BORROWED_BY


def _zipf(word: str) -> float:
    return frequencies("en").zipf(word)


def _is_stem(word: str) -> bool:
    return len(word) >= _SHORTEST_STEM and _zipf(word) >= (_STEM if len(word) < _LONG_STEM else _LEAST)


def _derived(word: str, endings: int = 2) -> bool:
    stems = list(_stems(word)) if endings else []
    return any(map(_is_stem, stems)) or any(_derived(stem, endings - 1) for stem in stems)


def _stems(word: str) -> Iterator[str]:
    """What a word may be made of, less an ending: "maladies" of "malady", "stopped" of "stop"."""
    for suffix in _SUFFIXES:
        if not word.endswith(suffix) or len(word) - len(suffix) < _SHORTEST_STEM:
            continue
        stem = word.removesuffix(suffix)
        yield stem
        if suffix[0] in _VOWELS or suffix == "y":
            yield f"{stem}e"
            if stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
                yield stem[:-1]
        if stem[-1] == "i":
            yield f"{stem[:-1]}y"


def _prefixed(word: str) -> bool:
    stems = [word.removeprefix(prefix) for prefix in _PREFIXES if word.startswith(prefix)]
    return any(len(stem) > 3 and (_is_stem(stem) or _derived(stem)) for stem in stems)


def _compound(word: str) -> bool:
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    return any(min(_zipf(word[:cut]), _zipf(word[cut:])) >= _PART for cut in cuts)
