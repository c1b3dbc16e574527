"""wordfreq's lists, read without wordfreq, are wordfreq's."""

import gzip
from pathlib import Path

import msgpack
import pytest
import wordfreq

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.words import lists


@pytest.mark.parametrize("tag", ["de", "nb", "sh", "fil", "hi"])
def test_a_list_and_its_shares_are_those_of_the_package(tag: str) -> None:
    buckets = lists.frequency_list(tag)
    assert buckets == wordfreq.get_frequency_list(tag, "small")
    for index in (0, 137, len(buckets) - 1):
        assert lists.share(index) == wordfreq.cB_to_freq(-index)
        assert lists.zipf_value(index) == wordfreq.cB_to_zipf(-index)


def test_languages_with_a_list_are_those_of_the_package_that_part_words_with_spaces() -> None:
    assert lists.listed() == frozenset(wordfreq.available_languages("small")) - {"ja", "ko", "zh"}


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"not packed",
        gzip.compress(b"cut off", mtime=0)[:-9],
        gzip.compress(msgpack.packb([{"format": "cB", "version": 2}, ["a"]]), mtime=0),
    ],
)
def test_a_list_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "small_de.msgpack.gz").write_bytes(content)
    monkeypatch.setattr(lists, "_folder", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match=r"small_de.*install"):
        lists.frequency_list("de")
