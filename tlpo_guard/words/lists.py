"""wordfreq's small frequency lists (Speer 2022), read from the package's files: importing it takes longer than reading three."""

import gzip
import zlib
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.relations import UNSPACED_WORD_LISTS

__all__ = ["frequency_list", "listed", "path_of_list", "share", "zipf_value"]

_SUFFIX = ".msgpack.gz"
_HEADER = {"format": "cB", "version": 1}


@cache
def listed() -> frozenset[str]:
    """Languages (ISO 639) with a frequency list whose words stand between spaces."""
    tags = (path.name.removeprefix("small_").removesuffix(_SUFFIX) for path in _folder().glob(f"small_*{_SUFFIX}"))
    return frozenset(tags) - UNSPACED_WORD_LISTS


@lru_cache(maxsize=1)  # whoever makes tables of a list asks for it twice
def frequency_list(tag: str) -> list[list[str]]:
    """The words of a language's list by their frequency, each in the place whose `share` they have.

    Raises:
        ConfigurationError: there is no such list, or not in the form that is known.
    """
    import msgpack

    path = path_of_list(tag)
    try:
        header, *buckets = msgpack.unpackb(gzip.decompress(path.read_bytes()), raw=False)
    except (OSError, EOFError, ValueError, zlib.error) as exc:
        raise ConfigurationError(f"wordfreq's list {path} cannot be read ({exc}); reinstall wordfreq") from exc
    if header != _HEADER:
        raise ConfigurationError(f"wordfreq's list {path} is in another form, {header}; install wordfreq 3")
    words: list[list[str]] = buckets
    return words


def path_of_list(tag: str) -> Path:
    """The file of a language's list."""
    return _folder() / f"small_{tag}{_SUFFIX}"


def share(index: int) -> float:
    """Share of running text of a word in the list's place of this index: every hundred places a tenth."""
    return float(10 ** (-index / 100))


def zipf_value(index: int) -> float:
    """The same on Zipf's scale (van Heuven et al. 2014): the logarithm, to base ten, of the occurrences in a billion words."""
    return (900 - index) / 100


@cache
def _folder() -> Path:
    spec = find_spec("wordfreq")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("the package wordfreq, which carries the frequency lists, is missing; reinstall")
    return Path(spec.submodule_search_locations[0]) / "data"
