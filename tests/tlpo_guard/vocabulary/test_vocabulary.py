"""The index spells every token as the tokenizer itself does."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tlpo_guard.models.load import LoadedModel
from tlpo_guard.vocabulary.index import VocabularyIndex

TEXT = "한국어와 中文, русский текст; العربية 😀 naïve\n\tcode = 'x'"


def test_tokens_joined_are_the_text(smollm2: LoadedModel) -> None:
    index = VocabularyIndex.of(smollm2.tokenizer, size=smollm2.model.config.vocab_size)
    ids = smollm2.tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    assert b"".join(index.token_bytes(i) for i in ids).decode() == TEXT


def test_special_tokens_have_no_bytes(smollm2: LoadedModel) -> None:
    index = VocabularyIndex.of(smollm2.tokenizer, size=smollm2.model.config.vocab_size)
    assert [index.token_bytes(i) for i in smollm2.tokenizer.all_special_ids] == [b""] * len(
        smollm2.tokenizer.all_special_ids
    )


def test_the_cached_index_is_the_same_and_a_damaged_one_is_made_again(smollm2: LoadedModel, tmp_path: Path) -> None:
    size = smollm2.model.config.vocab_size
    made = VocabularyIndex.of(smollm2.tokenizer, size=size, cache_dir=tmp_path)
    (file,) = tmp_path.iterdir()
    read = VocabularyIndex.of(smollm2.tokenizer, size=size, cache_dir=tmp_path)
    file.write_bytes(b"no archive")
    again = VocabularyIndex.of(smollm2.tokenizer, size=size, cache_dir=tmp_path)
    for other in (read, again):
        assert np.array_equal(made.points, other.points)
        assert np.array_equal(made.data, other.data)


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=8))
def test_full_characters_are_python_s(tokens: list[bytes]) -> None:
    index = VocabularyIndex.from_bytes(tokens)
    for token_id, token in enumerate(tokens):
        spelled = "".join(chr(p) for p in index.points[index.point_tokens == token_id])
        assert spelled == token.decode("utf-8", errors="ignore")


def test_a_byte_behind_another_token_s_beginning_is_broken_by_itself() -> None:
    index = VocabularyIndex.from_bytes([b"a\xe3", b"\xff", b"\xe3", b"\xff\xff"])
    assert index.broken.tolist() == [False, True, False, True]
