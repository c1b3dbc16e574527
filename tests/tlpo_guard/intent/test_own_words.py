import pytest

from tlpo_guard.intent.own_words import own_words

ENGLISH = "The central bank raised interest rates for the third time this year. Analysts expect more before winter."
LOG = "\n".join(
    f"2026-03-0{i} 08:1{i}:07 WARN db-{i}: connection reset by peer, giving up after {i} tries" for i in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (f"Fasse den Text zusammen:\n\n{ENGLISH}", "de"),
        (f"{ENGLISH}\n\nStimmt das mit unserer Webseite überein?", "de"),
        (f"Here is the text: {ENGLISH}\n\nFasse ihn in drei Sätzen zusammen.", "de"),
        (f"{LOG}\n\nQuelle est la cause ?", "fr"),
        (f"{LOG}\n\nчто тут сломалось?", "ru"),
        (f"이 글을 요약해 줘.\n\n{ENGLISH}", "ko"),
        ("Who wrote 吾輩は猫である?", "en"),
        ("Wie spricht man Шостакович aus?", "de"),
        ("React是什么？", "zh-Hans"),
        ("Docker 컨테이너가 안 떠요", "ko"),
    ],
)
def test_language(text: str, tag: str) -> None:
    assert own_words(text).language == tag


def test_what_is_pasted_is_no_own_text_and_its_language_is_told() -> None:
    text = f"Fasse den Text zusammen:\n\n{ENGLISH}"
    own = own_words(text)
    assert own.text.strip() == "Fasse den Text zusammen:"
    assert len(own.text) == len(text)
    assert own.quoted == ("en",)


def test_quotations_are_told() -> None:
    own = own_words('Was bedeutet eigentlich "Je ne regrette rien de tout cela"?')
    assert (own.language, own.quoted) == ("de", ("fr",))


def test_words_in_another_script_are_phrases() -> None:
    assert own_words("What does Спасибо большое mean?").phrases == ("ru",)
    assert own_words("Docker 컨테이너가 안 떠요").phrases == ()


def test_sentences_in_two_languages_are_both_the_writers() -> None:
    own = own_words("Mein Laptop startet seit gestern nicht mehr. I already tried to reset the battery twice.")
    assert {own.language, own.second} == {"de", "en"}
    assert 0.3 < own.second_share < 0.7
    assert own.quoted == ()
