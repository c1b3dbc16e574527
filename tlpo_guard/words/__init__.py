"""Word drift: a switch to a language of the same script, word by word."""

from tlpo_guard.words.drift import Alarm, WordDrift, watched
from tlpo_guard.words.ratio import WordRatio, word_ratio
from tlpo_guard.words.segment import Word, words_of

__all__ = ["Alarm", "Word", "WordDrift", "WordRatio", "watched", "word_ratio", "words_of"]
