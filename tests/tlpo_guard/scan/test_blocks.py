"""Answers that are judged together come out as each does alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlpo_guard.brought import Brought
from tlpo_guard.intent import Message
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan import Answer, Scanner
from tlpo_guard.scan.judge import AnswerJudge

PIECES = (
    "Das Wetter ist heute schön, und wir gehen in den Park.",
    "The weather is nice today, so we are going to the park.",
    "Hier ist die Antwort:\n> The weather is nice today.\nUnd so weiter, wie gesagt",
    '{"title": "Roasting Kohlrabi At Home"}',
    '", "',
    '",',
    " –",
    "- ",
    "3",
    " km m²",
    "날씨가 좋아서 공원에 갑니다.",
    "今日は天気がいいので公園に行きます。",
    "今天天气很好，我们去公园散步。",
    "погода",
    "cлово",
    "Δt",
    "(ノಠ益ಠ)ノ",
    "`code` and **The Long Road Home**",
    "```\nfor x in y:",
    "\\begin{align}",
    "<think>Let me think.</think>",
    "don't l'acqua dell'",
    "A.",
    "\n",
    "\t|",
    "\0",
    "",
)
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join), min_size=1, max_size=6)
PROMPT = "Write: The weather is nice today, so we are going to the park. 날씨가 погода"
JUDGES = [
    AnswerJudge(GuardPolicy(languages=tags, admitted=admitted, allow_english=not strict))
    for tags, admitted, strict in (
        (("de",), (), False),
        (("de",), ("en", "ja"), False),
        (("ko",), (), True),
        (("ja",), (), False),
        (("ru", "uk"), (), True),
        (("en",), (), False),
    )
]


@pytest.mark.parametrize("prompt", ["", PROMPT])
@settings(max_examples=60, deadline=None)
@given(texts=TEXTS)
def test_a_block_is_judged_as_its_answers(prompt: str, texts: list[str]) -> None:
    brought = Brought((prompt,))
    for judge in JUDGES:
        alone = [judge.drifts(text, brought) for text in texts]
        assert judge.drifts_of_all(texts, [brought] * len(texts)) == alone


def test_answers_in_several_languages_come_back_in_order() -> None:
    tags = ("de", "ko", "", "en", "ja")
    answers = [Answer(piece, (Message("user", PROMPT),), (tag,) if tag else ()) for piece in PIECES for tag in tags]
    together = list(Scanner().scan_all(answers))
    scanner = Scanner()
    assert together == [scanner.scan(answer) for answer in answers]
    assert {bool(scanned.drifts) for scanned in together} == {True, False}
