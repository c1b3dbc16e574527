"""Where an answer goes back to, and what is kept out there."""

import pytest

from server.engines.engine import Resumption
from server.generation.pieces import Limits, Tally
from server.generation.rewinding import Rewinder
from tlpo_guard.brought import Brought
from tlpo_guard.generation.sequence import Step
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rewind import ConfusionPoint, WordWatch

GERMAN = ["Der ", "Himmel ", "ist ", "blau, "]
ENGLISH = ["because ", "the ", "light ", "of ", "the ", "sun ", "is ", "scattered ", "by ", "the ", "air ", "there. "]


def rewinder(mode: Mode = Mode.REWIND, rewinds: int = 8) -> Rewinder:
    policy = GuardPolicy(mode=mode, languages=("de",), allow_english=False)
    watch = WordWatch(policy, Brought.of(["Warum ist der Himmel blau?"]), max_held=24 if mode is Mode.REWIND else 0)
    return Rewinder(watch, mode, Limits(rewinds, 24), Tally())


def fed(rewinds: Rewinder, words: list[str], length: int = 0, *, paused: bool = False) -> ConfusionPoint | None:
    """The first point among some words, each a token, behind so many others."""
    for count, word in enumerate(words, start=length + 1):
        point = rewinds.take(Step(7, paused=paused), word.encode(), count)
        if point is not None:
            return point
    return None


def test_an_answer_goes_back_to_the_first_word_of_the_other_language() -> None:
    answer = rewinder()
    point = fed(answer, GERMAN + ENGLISH)
    assert point == ConfusionPoint(len(GERMAN), "en")
    assert answer.go_back(point, 7) == Resumption(7)
    assert (answer._tally.rewinds, answer.unlogged) == (1, [])


def test_what_drifts_at_the_same_place_again_meets_a_ban_on_the_whole_language_that_grows_longer() -> None:
    answer, until = rewinder(), []
    point = fed(answer, GERMAN + ENGLISH)
    for _ in range(2):
        assert point is not None
        answer.go_back(point, 7)
        point = fed(answer, ENGLISH, len(GERMAN))
    assert point is not None
    first = answer.go_back(point, 7)
    assert (first.language, first.only_observed) == ("en", False)
    until.append(first.until)
    point = fed(answer, ENGLISH, len(GERMAN))
    assert point is not None
    until.append(answer.go_back(point, 7).until)
    assert len(GERMAN) < until[0] < until[1]


def test_used_up_rewinds_let_the_drift_pass_and_keep_it_for_the_log() -> None:
    answer = rewinder(rewinds=0)
    assert fed(answer, GERMAN + ENGLISH) is None
    assert answer._tally.stood_back == 1
    assert answer.unlogged == [ConfusionPoint(len(GERMAN), "en")]


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.MASK])
def test_without_rewind_drift_is_only_kept_for_the_log(mode: Mode) -> None:
    answer = rewinder(mode)
    assert fed(answer, GERMAN + ENGLISH) is None
    assert answer.unlogged == [ConfusionPoint(len(GERMAN), "en")]
    assert answer._tally.stood_back == 0
    assert answer.settle(len(GERMAN + ENGLISH)) == len(GERMAN + ENGLISH)


def test_what_is_not_the_answer_proper_is_not_watched() -> None:
    answer = rewinder()
    assert fed(answer, ENGLISH, paused=True) is None
    assert fed(answer, GERMAN, len(ENGLISH)) is None
    assert answer.close(len(ENGLISH + GERMAN)) is None
    assert answer.unlogged == []


def test_an_answer_that_nobody_watches_goes_out_as_it_comes() -> None:
    answer = Rewinder(None, Mode.MASK, Limits(8, 24), Tally())
    assert fed(answer, GERMAN + ENGLISH) is None
    assert answer.settle(3) == 3
    assert answer.close(3) is None
