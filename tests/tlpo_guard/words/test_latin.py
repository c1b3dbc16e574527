"""Which words in Latin letters are no English text."""

import pytest

from tlpo_guard.words.english import is_borrowed
from tlpo_guard.words.latin import (
    Beginnings,
    are_common_abroad,
    is_cut_off,
    is_everyday_abroad,
    is_latin_term,
    is_term,
    may_become_term,
)


@pytest.mark.parametrize(
    "word", ["WordPress", "iPhone", "DNA", "WHO", "US", "NATO", "Microsoft", "x", "km", "São", "h264"]
)
def test_terms_wherever_they_stand(word: str) -> None:
    assert is_term(word) and is_term(word, opens=True)


@pytest.mark.parametrize("word", ["Sky", "Office", "London", "Extracted"])
def test_capitals_tell_names_where_no_sentence_opens(word: str) -> None:
    assert is_term(word) and not is_term(word, opens=True)


@pytest.mark.parametrize("word", ["food", "The", "However", "THE", "THIS", "reliability"])
def test_english_words(word: str) -> None:
    assert not is_term(word)


def test_a_beginning_is_judged_by_the_words_that_may_come_of_it() -> None:
    free, whole = Beginnings(), Beginnings(frozenset({"with", "will", "without", "window", "within", "winter", "wine"}))
    assert not may_become_term("Th", free) and not may_become_term("Extr", free, opens=True)
    assert may_become_term("Microso", free, opens=True) and may_become_term("Kuberne", free, opens=True)
    assert free.shares("wi", 0.0)[1] > whole.shares("wi", 0.0)[1] > 0.0
    assert not may_become_term("wha", free) and may_become_term("nginx", free)


def test_tokens_are_judged_without_what_is_around_the_word() -> None:
    assert is_latin_term(" GHz") and is_latin_term("USB,") and is_latin_term(" WordPress")
    assert (
        not is_latin_term(" food") and not is_latin_term("12") and not is_latin_term(" The") and not is_latin_term("и")
    )


def test_words_of_other_languages_are_known_by_being_on_no_list_elsewhere() -> None:
    assert is_everyday_abroad("und") and is_everyday_abroad("también") and not is_everyday_abroad("pasta")
    assert are_common_abroad(["muy", "bien"]) and not are_common_abroad(["de", "facto"])


def test_the_end_of_an_english_word_is_none() -> None:
    assert is_cut_off("rience") and not is_cut_off("able") and not is_cut_off("numpy")


def test_loan_words_are_as_common_in_several_languages() -> None:
    assert (
        is_borrowed("podcast") and is_borrowed("software") and not is_borrowed("water") and not is_borrowed("however")
    )
