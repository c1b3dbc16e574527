"""Letters that came into Unicode after the version that Python knows."""

import unicodedata

import pytest

from tlpo_guard.brought import Brought
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge


@pytest.mark.parametrize("letters", ["\U00031350\U00031351", "\U00018e00\U00018e01"], ids=["Chinese", "Jurchen"])
def test_they_are_letters_of_their_script(letters: str) -> None:
    if unicodedata.category(letters[0]) != "Cn":
        pytest.skip("this Python knows them")
    judge = AnswerJudge(GuardPolicy(languages=("ko",), allow_english=False))
    assert judge.drifts(f"한국어 {letters} 입니다.", Brought(()))
