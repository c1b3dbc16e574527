"""Chinese in a stream of tokens of a Japanese answer."""

import random

import pytest

from tlpo_guard.words.han import chinese_runs
from tlpo_guard.words.han_stream import HanStream, may_turn_chinese

JAPANESE = "この町の図書館は毎日九時に開きます。市立博物館前停留所で降りてください。"
CHINESE = "我们可以在这里找到很多关于这个城市历史的书。"


def alarms(text: str, longest: int) -> list[tuple[int, int]]:
    """Offsets of the first drifting character, and behind the last one read, by streaming tokens of random length."""
    dice, stream, starts, end, found = random.Random(text), HanStream(), [], 0, []
    while end < len(text):
        starts.append(end)
        end = min(end + dice.randint(1, longest), len(text))
        if (alarm := stream.feed(text[starts[-1] : end], len(starts) - 1)) is not None:
            found.append((starts[alarm.start], end))
    if (alarm := stream.close()) is not None:
        found.append((starts[alarm.start], end))
    return found


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_a_chinese_sentence_is_told_before_it_ends(longest: int) -> None:
    (told,) = alarms(JAPANESE + CHINESE + JAPANESE, longest)
    assert len(JAPANESE) - longest < told[0] <= len(JAPANESE)
    assert told[1] < len(JAPANESE + CHINESE)


@pytest.mark.parametrize("text", [JAPANESE * 3, "東京都千代田区霞が関の文部科学省初等中等教育局。", "山口県下関市"])
def test_japanese_in_han_characters_raises_no_alarm(text: str) -> None:
    assert alarms(text, 2) == []
    assert chinese_runs(text) == []


def test_a_short_sentence_is_told_at_its_end_and_not_where_kana_follow() -> None:
    assert alarms("我爱中国。", 1) == [(0, 5)]
    assert alarms("我爱中国という", 1) == []


def test_what_is_forgiven_counts_no_more() -> None:
    stream = HanStream()
    for index, char in enumerate(CHINESE[:4]):
        assert stream.feed(char, index) is None
    assert stream.undecided < 4
    stream.forgive()
    assert stream.undecided == 4
    assert stream.feed("。", 4) is None


def test_only_japanese_turns_chinese() -> None:
    assert may_turn_chinese(("ja",))
    assert not may_turn_chinese(("ko",))
    assert not may_turn_chinese(("ja", "zh-Hant"))
