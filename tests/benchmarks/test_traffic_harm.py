"""What `benchmarks.traffic_harm` takes for a right answer, and its prompts."""

from collections import Counter

import pytest

from benchmarks.conversations.traffic_prompts import TrafficPrompt, traffic_prompts
from benchmarks.traffic_harm import right


@pytest.mark.parametrize(
    ("prompt", "answer", "expected"),
    [
        (TrafficPrompt("en", "What is tea?"), "It is a drink; its area is πr².", True),
        (TrafficPrompt("en", "What is tea?"), "It is 茶.", False),
        (TrafficPrompt("en", "What is the Chinese word for tea?", ("Han",)), "It is 茶.", True),
        (TrafficPrompt("en", "Who is Шевченко?"), "Шевченко was a poet.", True),
        (TrafficPrompt("en", "Who is Шевченко?"), "Шевченко был поэтом.", False),
        (TrafficPrompt("ja", "天気は?"), "複雑です。", True),
        (TrafficPrompt("ja", "天気は?"), "复杂です。", False),
        (TrafficPrompt("ru", "Кто это?"), "Это Її.", False),
        (TrafficPrompt("ar", "ما هذا؟"), "هذا مقهى جميل.", True),
        (TrafficPrompt("ar", "ما هذا؟"), "هذا گربه.", False),
        (TrafficPrompt("ko", "날씨는?"), "맑습니다\N{REPLACEMENT CHARACTER}.", False),
    ],
)
def test_the_letters_of_an_answer_tell_whether_it_is_right(prompt: TrafficPrompt, answer: str, expected: bool) -> None:
    assert right(prompt, answer) is expected


def test_there_are_300_english_prompts_and_100_of_each_other_language() -> None:
    counts = Counter(prompt.language for prompt in traffic_prompts())
    assert counts == {"en": 300, "de": 100, "ko": 100, "ja": 100, "ru": 100, "ar": 100}
