"""Answers that go on from text that is in the prompt, byte by byte."""

import pytest

from tests.tlpo_guard.byte_vocabulary import DETECTOR, VOCABULARY, word
from tlpo_guard.brought import Brought
from tlpo_guard.guard.begun import begun_ids
from tlpo_guard.guard.copy_edges import CopyEdges, CopyWalk
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import Repair
from tlpo_guard.policy import GuardPolicy, Mode

GUARD = Guard(DETECTOR)
STRICT = GuardPolicy(languages=("ko",), allow_english=False)
HEAD = "질문\nassistant\n"


def prompt(text: str) -> list[int]:
    return list((HEAD + text).encode())


@pytest.mark.parametrize("kept", ["```python\nfor", "```python\nfor \n", "\n```python\nfor"])
def test_a_message_is_found_at_the_prompts_end_however_much_space_a_template_keeps(kept: str) -> None:
    told = begun_ids(VOCABULARY, prompt(kept), " ```python\nfor \n")
    assert bytes(told).decode().strip() == "```python\nfor" and kept.endswith(bytes(told).decode())


def test_of_a_prompt_that_was_cut_all_is_the_message_and_of_another_one_nothing() -> None:
    cut = list("답은 `x".encode()[-3:])
    assert begun_ids(VOCABULARY, cut, "답은 `x") == tuple(cut)
    assert begun_ids(VOCABULARY, prompt("답은"), "another text") == ()
    assert begun_ids(VOCABULARY, prompt(""), "") == ()


@pytest.mark.parametrize("begun", ["```python\nfor x in", "답은 `x = ", "주소는 https://a.b/"])
def test_what_may_stand_behind_the_begun_text_may_stand_in_the_answer(begun: str) -> None:
    hello, ids = word("hello"), list(begun.encode())
    assert GUARD.drifts(GUARD.open(STRICT, ids), hello)
    state = GUARD.open(STRICT, ids, begun=ids)
    assert not GUARD.drifts(state, hello)
    GUARD.advance(state, hello)
    assert state.output_ids == [hello] and not GUARD.drifts(state, hello)
    back = GUARD.resume(state, Repair(1, hello))
    assert not GUARD.drifts(back, hello)


def test_a_fence_that_is_closed_opens_nothing() -> None:
    state = GUARD.open(STRICT, begun="```python\nfor x in y: pass\n```\n답은 ".encode())
    assert GUARD.drifts(state, word("hello"))


def test_what_drifts_in_the_begun_text_spoils_no_answer() -> None:
    policy = GuardPolicy(mode=Mode.OBSERVE, languages=("ko",), allow_english=False)
    assert not GUARD.open(policy, begun=b"the best way to start ").spoiled


def test_a_copy_that_the_begun_text_has_begun_goes_on() -> None:
    edges = CopyEdges.of(Brought(["「Kubernetes」는 무슨 뜻이에요?"]), DETECTOR.rules(STRICT))
    assert edges is not None
    following = ord("e")
    assert following not in CopyWalk(edges).open()
    assert following in CopyWalk(edges, list("답은 「Kub".encode())).open()
