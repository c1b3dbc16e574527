import pytest

from tlpo_guard.intent.instruction import find_instruction


@pytest.mark.parametrize(
    ("text", "languages", "kind"),
    [
        ("Answer in Korean: why?", ("ko",), "answer"),
        ("Warum ist das so? Auf Englisch bitte.", ("en",), "answer"),
        ("用法语回答", ("fr",), "answer"),
        ("한국어로 답해줘", ("ko",), "answer"),
        ("日本語で説明してください。", ("ja",), "write"),
        ("Language: Ukrainian\nTopic: walking", ("uk",), "answer"),
        ("Dutch only.", ("nl",), "answer"),
        ("Übersetze ins Spanische: good night", ("es",), "translate"),
        ("Şunu İngilizceye çevir: iyi geceler", ("en",), "translate"),
        ("Write a Chinese poem about tea", ("zh",), "write"),
        ("Escribe un correo en francés", ("fr",), "write"),
        ("Translate into French and German: good night", ("fr", "de"), "translate"),
        ("Answer in Italian, not in English", ("it",), "answer"),
        ("responde en english por favor", ("en",), "answer"),
    ],
)
def test_instructions(text: str, languages: tuple[str, ...], kind: str) -> None:
    found = find_instruction(text)
    assert found is not None
    assert (found.languages, found.kind) == (languages, kind)


@pytest.mark.parametrize(
    "text",
    [
        "How do you say good morning in Chinese?",
        "I am learning Korean. What should I watch?",
        "What is the difference between Spanish and Portuguese?",
        "Why is French spelled so strangely?",
        "The manual is in Japanese, where is the reset button?",
        "Don't use Spanish.",
        "Write an essay about the German language.",
        'Is "Answer in German" polite?',
        "Wie sagt man auf Spanisch danke?",
        "“谢谢”用日语怎么说？",
        "'감사합니다'를 일본어로 뭐라고 해?",
        "Tác phẩm nổi tiếng nhất được viết khi nào?",
        "Warsaw (Polish: Warszawa) lies on the Vistula.",
    ],
)
def test_mentions_are_no_instructions(text: str) -> None:
    assert find_instruction(text) is None


def test_what_is_to_be_translated_gives_no_orders() -> None:
    found = find_instruction("Translate to Korean: Please answer in German by Friday.")
    assert found is not None
    assert found.languages == ("ko",)


def test_rules_that_last() -> None:
    always, once = find_instruction("Always answer in Korean"), find_instruction("Answer in Korean")
    assert always and always.standing
    assert once and not once.standing


def test_system_rules_may_be_statements_and_conditions_set_nothing() -> None:
    assert find_instruction("The assistant speaks Dutch only.", system=True) is not None
    assert find_instruction("If the user writes in German, reply in German.", system=True) is None
    assert find_instruction("Répondez dans la langue de l'utilisateur.", system=True) is None


def test_a_story_in_the_middle_of_a_long_text_gives_no_orders() -> None:
    padding = "It rained all day and nobody came to the shop. " * 40
    assert find_instruction(f"{padding} His plan was to write the whole thing in German. {padding}") is None
