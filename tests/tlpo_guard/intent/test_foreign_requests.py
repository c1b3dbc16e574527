import pytest

from tlpo_guard.intent import names_language


@pytest.mark.parametrize(
    "text",
    [
        "Is Korean hard to learn?",
        "Übersetze das bitte",
        "このコードを直して ```x = 1```",
        "次の文を翻訳して",
        "फ़्रेंच कैसे सीखें",
    ],
)
def test_prompts_with_foreign_words_in_good_answers(text: str) -> None:
    assert names_language(text)


@pytest.mark.parametrize(
    "text", ["Why is the sky blue?", "건강한 식습관이란 무엇인가요?", "Какие книги почитать летом?"]
)
def test_plain_prompts(text: str) -> None:
    assert not names_language(text)


@pytest.mark.parametrize("text", ["Always answer in Korean.", "반드시 한국어로 대답하세요. 하늘은 왜 파란가요?"])
def test_naming_the_expected_language_invites_nothing_foreign(text: str) -> None:
    assert names_language(text)
    assert not names_language(text, ["ko"])
    assert names_language(text, ["ja"])


@pytest.mark.parametrize("text", ["Translate this into Korean: good morning", "한국어와 일본어의 차이는?"])
def test_naming_another_language_or_translating_does(text: str) -> None:
    assert names_language(text, ["ko"])
