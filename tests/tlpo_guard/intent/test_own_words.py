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
        ("What does Wer rastet, der rostet mean?", "en"),
        ("Vad betyder the early bird catches the worm?", "sv"),
        (
            'Exception in thread "main" java.lang.IllegalStateException: no element\n\tat a.B.c(B.java:12)\n\nWarum?',
            "de",
        ),
        ("src/main.c:10:5: error: expected expression before return\nчто это значит?", "ru"),
        ("npm ERR! code ERESOLVE\nnpm ERR! could not resolve dependency tree\n這是什麼意思？", "zh-Hant"),
        ("def add(a, b):\n    # returns the sum of both numbers\n    return a + b\n\nWas macht dieser Code?", "de"),
        ("Ringkas teks berikut:\n\n" + ENGLISH, "id"),
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


@pytest.mark.parametrize(
    "text", ["Who wrote Don Quijote de la Mancha?", "Please translate bonjour mes amis to Spanish"]
)
def test_the_words_that_begin_a_question_frame_it(text: str) -> None:
    own = own_words(text)
    assert own.language == "en"
    assert own.second is None


def test_speakers_of_two_languages() -> None:
    own = own_words("Ich will wissen, what is going on with my order, weil es seit Wochen nicht ankommt")
    assert (own.language, own.second) == ("de", "en")
    assert 0.3 < own.second_share < 0.6


def test_sentences_that_go_over_into_another_language_are_both_the_speakers() -> None:
    own = own_words("Hey, can you send me la dirección del hotel? Llego mañana around noon.")
    assert {own.language, own.second} == {"en", "es"}


def test_words_that_are_asked_about_are_a_phrase() -> None:
    own = own_words("Quero saber o que significa break a leg")
    assert (own.language, own.second, own.phrases) == ("pt", None, ("en",))


@pytest.mark.parametrize(
    "text",
    [
        "Das Café am Markt öffnet um acht Uhr. Samstags gibt es Kuchen, sonntags bleibt es geschlossen.\n\n언제 문을 열어요?",
        "市立图书馆从今年秋天起延长开放时间。周末也可以借书，但是不能预约座位。\n\n何時まで開いていますか。本は借りられますか。",
        "How late is the library open?\n\n市立图书馆从今年秋天起延长开放时间，工作日到晚上九点，周末到晚上六点。"
        "读者可以在二楼借书，馆长称之为“城市客厅”。",
    ],
)
def test_a_passage_that_is_asked_about_is_no_word_to_explain(text: str) -> None:
    own = own_words(text)
    assert own.passages == own.quoted != ()
    assert own.language not in own.passages


@pytest.mark.parametrize(
    "text", ["Was heißt das?\nThe early bird catches the worm.", "「画蛇添足」とはどういう意味ですか。"]
)
def test_a_sentence_to_explain_is_no_passage(text: str) -> None:
    assert own_words(text).passages == ()
