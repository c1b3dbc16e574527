"""Word drift: a switch to a language of the same script, word by word."""

from tlpo_guard.words.drift import Alarm, WordDrift, watched
from tlpo_guard.words.ratio import WordRatio, word_ratio
from tlpo_guard.words.segment import Word, words_of
from tlpo_guard.words.stream import TokenStream

__all__ = [
    "Alarm",
    "TokenStream",
    "Word",
    "WordDrift",
    "WordRatio",
    "watched",
    "word_ratio",
    "words_of",
]
