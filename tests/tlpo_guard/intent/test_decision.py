import time

import pytest

from tlpo_guard.intent import Intent, Message, expected_language


def decide(*turns: str, system: str | None = None) -> Intent:
    messages = [Message("system", system)] if system else []
    messages += [Message("assistant" if i % 2 else "user", text) for i, text in enumerate(turns)]
    return expected_language((), (), messages)


def test_the_request_goes_before_the_server_and_both_before_the_text() -> None:
    messages = [Message("user", "Antworte auf Deutsch.")]
    requested, served = expected_language(("ko", "ja"), ("fr",), messages), expected_language((), ("fr",), messages)
    assert (requested.languages, requested.decided_by, requested.confidence) == (("ko", "ja"), "request", 1.0)
    assert (served.languages, served.decided_by, served.confidence) == (("fr",), "server", 1.0)
    assert expected_language((), (), messages).decided_by == "instruction"


def test_no_messages_is_unknown() -> None:
    assert expected_language((), (), []) == Intent((), "unknown", 0.0)


def test_a_system_rule_binds_except_for_translations() -> None:
    rule = "Always answer in Spanish."
    assert decide("What is a prime number?", system=rule).languages == ("es",)
    assert decide("Please answer in English: what is a prime number?", system=rule).languages == ("es",)
    assert decide("Translate into German: the shop is closed.", system=rule).languages == ("de",)


def test_a_system_prompt_that_follows_the_user_sets_nothing() -> None:
    assert decide("Wer bist du?", system="Answer in the user's language.").languages == ("de",)


def test_developer_messages_are_rules_too() -> None:
    messages = [Message("developer", "Reply only in Polish."), Message("user", "Who are you?")]
    assert expected_language((), (), messages).languages == ("pl",)


@pytest.mark.parametrize("interjection", ["ok", "thanks", "👍", "123", "```\nx = 1\n```"])
def test_an_unclear_message_leaves_the_conversation_in_its_language(interjection: str) -> None:
    found = decide("Wie hoch ist der Brocken?", "1141 Meter.", interjection)
    assert (found.languages, found.decided_by) == (("de",), "conversation")


def test_the_conversation_follows_the_user() -> None:
    assert decide("How tall is it?", "1141 m.", "Und wie hoch ist die Zugspitze?").languages == ("de",)


def test_a_rule_of_an_earlier_message_holds_until_the_user_turns_to_another_language() -> None:
    turns = ("Answer in German from now on. What is a comet?", "Ein Komet ...", "And how big are they?")
    assert decide(*turns).languages == ("de",)
    weak = ("Answer in German: what is a comet?", "Ein Komet ...")
    assert decide(*weak, "And how big are they?").confidence < decide(*turns).confidence
    assert decide(*weak, "Et quelle est leur taille, en général ?").languages == ("fr",)


def test_a_translation_is_over_with_its_answer() -> None:
    assert decide("Translate to Korean: good night.", "안녕히 주무세요.", "How do I pronounce that?").languages == (
        "en",
    )


def test_long_messages_are_read_at_both_ends_and_fast() -> None:
    filler = "The bank raised interest rates for the third time this year. " * 5000
    decide("Warm-up, auf Deutsch bitte")
    began = time.process_time()
    assert decide(filler + "\n\nSummarise this in Portuguese.").languages == ("pt",)
    assert decide("Fasse das zusammen:\n\n" + filler).languages == ("de",)
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    ("document", "order", "language"),
    [
        (
            "年度总结。本店今年卖出两千辆自行车，比去年多三百辆。店长林小雨说，概括起来就是客人更信任我们了。",
            "이 가게의 올해 실적을 요약해 주세요.",
            "ko",
        ),
        (
            "Summary of the year. The shop sold two thousand bicycles. In short, it went well.",
            "لخص نتائج هذا المتجر من فضلك.",
            "ar",
        ),
        (
            "年度总结。本店今年卖出两千辆自行车，比去年多三百辆。店长林小雨说，概括起来就是客人更信任我们了。",
            "Как прошёл год?",
            "ru",
        ),
    ],
)
def test_a_document_does_not_order_its_summary(document: str, order: str, language: str) -> None:
    decided = decide(f"{document}\n\n{order}")
    assert (decided.languages, decided.admitted, decided.claimed) == ((language,), (), ())


def test_a_bare_order_for_a_summary_leaves_the_texts_language_open() -> None:
    decided = decide("Summarize:\n\nDer Laden hat dieses Jahr zweitausend Fahrräder verkauft, mehr als je zuvor.")
    assert (decided.languages, decided.claimed) == (("en",), ("de",))


def test_ordinary_prompts_take_little_time() -> None:
    text = "Could you explain in a few sentences how the tides of the sea come about, and answer in Italian?"
    decide(text)
    began = time.process_time()
    for _ in range(50):
        decide(text)
    assert (time.process_time() - began) / 50 < 0.005


@pytest.mark.parametrize(
    "text",
    [
        "``` " * 9999,
        "a.b" * 20000,
        "\n" * 50000,
        "https://" * 9999,
        "in French " * 5000,
        "用中文" * 20000,
        '"a ' * 20000,
        "\ud800 hi",
        "ँ",
    ],
)
def test_odd_messages_neither_fail_nor_take_long(text: str) -> None:
    decide("Warm-up 用中文 auf Deutsch")
    began = time.process_time()
    decide(text)
    assert time.process_time() - began < 0.25


@pytest.mark.parametrize(
    "rule, question, expected",
    [
        ("Use Italian only if the visitor requests it.", "When does the museum open?", ("en",)),
        ("Antworte nur dann auf Polnisch, wenn der Kunde es verlangt.", "Wann öffnet das Museum am Sonntag?", ("de",)),
        ("Do not use English unless the visitor writes in English.", "À quelle heure ouvre le musée ?", ("fr",)),
        ("Do not use English unless the visitor writes in English.", "When does the museum open?", ("en",)),
        ("When responding, use Italian.", "When does the museum open?", ("it",)),
    ],
)
def test_a_rule_that_waits_for_a_request_or_denies_sets_nothing(
    rule: str, question: str, expected: tuple[str, ...]
) -> None:
    assert decide(question, system=rule).languages == expected


def test_a_letter_is_replied_to_in_its_language_unless_the_answer_begins_in_the_users() -> None:
    letter = "Buongiorno, il mio pacco non è ancora arrivato. Potete dirmi quando sarà consegnato?"
    decided = decide(f"Write a reply to this message.\n---\n{letter}\n---")
    assert (decided.languages, decided.claimed) == (("it",), ("en",))


def test_lines_of_two_people_are_answered_in_both_languages() -> None:
    said = decide("Lena: Wo kann ich mein Auto parken?\nLuc: Où puis-je acheter un billet pour le musée ?")
    assert said.languages == ("de", "fr")
    one = decide("Lena: Wo kann ich mein Auto parken?\nLuc: Weiß ich leider nicht, frag an der Kasse.")
    assert one.languages == ("de",)


@pytest.mark.parametrize(
    ("prompt", "languages", "written"),
    [
        ("Қазақ тіліндегі ең ұзақ сөз қандай?", ("kk",), ("kk-Cyrl",)),
        ("Тошкент шаҳрида нечта одам яшайди?", ("uz",), ("uz-Cyrl",)),
        ("Toshkent shahrida nechta odam yashaydi?", ("uz",), ("uz",)),  # for want of other letters, perhaps
        ("Који је главни град Србије и колико људи живи у њему?", ("sr",), ("sr",)),  # all read both
        ("Answer in Kazakh: how are you?", ("kk",), ("kk",)),
    ],
)
def test_the_users_letters_tell_the_script(prompt: str, languages: tuple[str, ...], written: tuple[str, ...]) -> None:
    intent = expected_language((), (), [Message("user", prompt)])
    assert (intent.languages, intent.written) == (languages, written)
