"""English words of more than three letters, for the word pass rate."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tlpo_guard.errors import ConfigurationError

__all__ = ["english_words"]

_SHORTEST = 4


def english_words(path: Path | None = None) -> frozenset[str]:
    """The words of a file, one a line; without one, those of wordfreq's list.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    if path is None:
        return _listed()
    try:
        return _long(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read ({exc}); name a file with one word a line") from exc


@cache
def _listed() -> frozenset[str]:
    from wordfreq import get_frequency_list

    return _long(word for bucket in get_frequency_list("en", "large") for word in bucket)


def _long(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in map(str.strip, words) if len(word) >= _SHORTEST and word.islower())
