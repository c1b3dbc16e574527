"""Words of a line as the benchmark counts them: between spaces, by jieba in Chinese and by MeCab in Japanese."""

import re
from functools import cache
from importlib.util import find_spec
from typing import Any

__all__ = ["segmenters_missing", "words"]

_CHUNK = re.compile(r"[A-Za-z]+|[^A-Za-z\s]+")
_LETTERS_PER_WORD = {"zh": 1.7, "ja": 2.0}  # of the segmenters, over running text


def words(line: str, language: str) -> list[str]:
    """The words of a line without punctuation.

    Where the segmenter of Chinese or Japanese is not installed, stretches of characters as long as its words on average.
    """
    if language == "zh":
        return _chinese(line)
    return _japanese(line) if language == "ja" else line.split()


def segmenters_missing() -> list[str]:
    """The languages whose words are only estimated here."""
    needed = {"zh": ("jieba",), "ja": ("fugashi", "unidic_lite")}
    return [language for language, modules in needed.items() if any(find_spec(m) is None for m in modules)]


def _chinese(line: str) -> list[str]:
    if find_spec("jieba") is None:
        return _estimated(line, "zh")
    return list(_jieba().cut(line))


def _japanese(line: str) -> list[str]:
    tagger = _tagger()
    return _estimated(line, "ja") if tagger is None else [str(word) for word in tagger(line)]


def _estimated(line: str, language: str) -> list[str]:
    return [part for chunk in _CHUNK.findall(line) for part in _pieces(chunk, language)]


def _pieces(chunk: str, language: str) -> list[str]:
    if chunk.isascii():
        return [chunk]
    count = max(1, round(len(chunk) / _LETTERS_PER_WORD[language]))
    return [chunk[len(chunk) * i // count : len(chunk) * (i + 1) // count] for i in range(count)]


@cache
def _jieba() -> Any:
    import logging
    import warnings

    from platformdirs import user_cache_path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own: old escapes, pkg_resources
        import jieba
    jieba.setLogLevel(logging.WARNING)
    jieba.dt.tmp_dir = str(user_cache_path("tlpo-guard", ensure_exists=True))  # not where others may write
    return jieba


@cache
def _tagger() -> Any:
    if find_spec("fugashi") is None or find_spec("unidic_lite") is None:
        return None
    import fugashi

    return fugashi.Tagger("-Owakati")
