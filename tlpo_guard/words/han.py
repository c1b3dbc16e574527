"""How much more a Han character speaks for Chinese than for Japanese, by the words of both that it stands in."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.words.kept import kept
from tlpo_guard.words.lists import frequency_list, path_of_list, share

__all__ = [
    "FEWEST",
    "SENTENCE",
    "STRETCH",
    "chinese_peak",
    "chinese_ratio",
    "chinese_runs",
    "han_runs",
    "is_han",
    "is_kana",
    "is_sentence_end",
]

SENTENCE = 4.5  # nats of a sentence without kana from which on it is Chinese
STRETCH = 12.0  # the same of what stands before or behind kana, in the same sentence
FEWEST = 4  # characters of either
_CLIP = 3.0
_LEAST = 2e-6  # share of a character that no word has
_SENTENCE_ENDS = frozenset("。！？!?\n")
_FIRST, _LAST = "\u3400", "\u9fff"
_RUN = re.compile(f"[{_FIRST}-{_LAST}]+")


def han_runs(text: str) -> Iterator[re.Match[str]]:
    """The stretches of characters that Chinese and Japanese share."""
    return _RUN.finditer(text)


def is_han(char: str) -> bool:
    """Whether a character is one that Chinese and Japanese share."""
    return _FIRST <= char <= _LAST


def is_kana(char: str) -> bool:
    """Whether a character is of a Japanese syllabary, its length mark among them."""
    return "\u3041" <= char <= "\u30ff"


def is_sentence_end(char: str) -> bool:
    """Whether a character ends a sentence."""
    return char in _SENTENCE_ENDS


def chinese_ratio(char: str) -> float:
    """Nats from -3 to 3."""
    return _ratios().get(char) or _of_unlisted(char)


def chinese_peak(text: str, start: int) -> float:
    """The most nats that neighbouring characters come to of which the last is at an offset or behind it; 0 or more."""
    peak = score = 0.0
    for offset, char in enumerate(text):
        score = max(0.0, score + chinese_ratio(char)) if is_han(char) else 0.0
        if offset >= start:
            peak = max(peak, score)
    return peak


def chinese_runs(text: str) -> list[tuple[int, int, float]]:
    """The stretches of Han characters without kana between them that are Chinese: offsets of the first and after the last, nats.

    A stretch ends with its sentence.
    """
    runs: list[tuple[int, int, float]] = []
    start = end = count = 0
    score, behind_kana = 0.0, False
    for offset, char in enumerate(f"{text}\n"):
        if is_han(char):
            start = offset if not count else start
            count, end, score = count + 1, offset + 1, score + chinese_ratio(char)
        elif (kana := is_kana(char)) or is_sentence_end(char):
            if count >= FEWEST and score >= (STRETCH if kana or behind_kana else SENTENCE):
                runs.append((start, end, score))
            count, score, behind_kana = 0, 0.0, kana
    return runs


@cache
def _ratios() -> dict[str, float]:
    chinese, japanese = _shares("zh"), _shares("ja")
    return {
        char: _of_unlisted(char)
        if _is_traditional(char)
        else max(-_CLIP, min(_CLIP, log((chinese[char] + _LEAST) / (japanese[char] + _LEAST))))
        for char in {*chinese, *japanese}
    }


def _is_traditional(char: str) -> bool:
    """Whether Chinese writes a character in its traditional form only, which wordfreq's Chinese words do not have."""
    return _lead_byte(char, "big5") in range(0xA4, 0xC7) and not _lead_byte(char, "gb2312")


def _shares(tag: str) -> dict[str, float]:
    """Share of each Han character among those of running text."""
    tables = kept(f"han-{tag}", (path_of_list(tag), Path(__file__)), lambda: _counted(tag))
    pairs = zip(map(chr, tables["characters"].tolist()), tables["shares"].tolist(), strict=True)
    return defaultdict(float, pairs)


def _counted(tag: str) -> dict[str, NDArray[Any]]:
    """The characters of a list as code points, and their shares; uint32 [characters], float64 [characters]."""
    shares: dict[str, float] = defaultdict(float)
    for place, words in enumerate(frequency_list(tag)):
        for char in "".join(words):
            if is_han(char):
                shares[char] += share(place)
    total = sum(shares.values())
    return {"characters": np.asarray([*map(ord, shares)], np.uint32), "shares": np.asarray([*shares.values()]) / total}


@cache
def _of_unlisted(char: str) -> float:
    """Of a character that no Chinese word of wordfreq's has, which are in simplified characters.

    Chinese where Big5 has it among the frequent ones, and Japan's first level not.
    """
    return (
        2.0
        if _lead_byte(char, "big5") in range(0xA4, 0xC7) and _lead_byte(char, "euc_jp") not in range(0xB0, 0xD0)
        else 0.0
    )


def _lead_byte(char: str, codec: str) -> int:
    try:
        return char.encode(codec)[0]
    except UnicodeEncodeError:
        return 0
