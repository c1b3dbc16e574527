"""How much more a Han character speaks for Chinese than for Japanese, by the words of both that it stands in."""

from collections import defaultdict
from functools import cache
from math import log

from tlpo_guard.words.lists import frequency_list, share

__all__ = ["CHINESE_SENTENCE", "chinese_ratio", "chinese_runs"]

CHINESE_SENTENCE = 7.0  # nats of a stretch without kana from which on it is Chinese
_FEWEST = 4  # characters of such a stretch
_CLIP = 3.0
_LEAST = 2e-6  # share of a character that no word has
_SENTENCE_ENDS = frozenset("。！？!?\n")
_FIRST, _LAST = "\u3400", "\u9fff"


def chinese_ratio(char: str) -> float:
    """Nats from -3 to 3."""
    return _ratios().get(char) or _of_unlisted(char)


def chinese_runs(text: str) -> list[tuple[int, int, float]]:
    """The stretches of Han characters without kana between them that are Chinese: offsets of the first and after the last, nats.

    A stretch ends with its sentence.
    """
    runs: list[tuple[int, int, float]] = []
    start = end = count = 0
    score = 0.0
    for offset, char in enumerate(f"{text}\n"):
        if _FIRST <= char <= _LAST:
            start = offset if not count else start
            count, end, score = count + 1, offset + 1, score + chinese_ratio(char)
        elif char in _SENTENCE_ENDS or "\u3041" <= char <= "\u30ff":
            if count >= _FEWEST and score >= CHINESE_SENTENCE:
                runs.append((start, end, score))
            count, score = 0, 0.0
    return runs


@cache
def _ratios() -> dict[str, float]:
    chinese, japanese = _shares("zh"), _shares("ja")
    return {
        char: max(-_CLIP, min(_CLIP, log((chinese[char] + _LEAST) / (japanese[char] + _LEAST))))
        for char in {*chinese, *japanese}
    }


def _shares(tag: str) -> dict[str, float]:
    """Share of each Han character among those of running text."""
    shares: dict[str, float] = defaultdict(float)
    for place, words in enumerate(frequency_list(tag)):
        for char in "".join(words):
            if _FIRST <= char <= _LAST:
                shares[char] += share(place)
    total = sum(shares.values())
    return defaultdict(float, {char: value / total for char, value in shares.items()})


@cache
def _of_unlisted(char: str) -> float:
    """Of a character that no listed word has: Chinese where Big5 has it among the frequent ones, and Japan's first level not.

    wordfreq spells its Chinese words in simplified characters.
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
