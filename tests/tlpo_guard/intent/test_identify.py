import pytest

from tlpo_guard.intent.identify import identify

pytest.importorskip("pycld2")


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Merci beaucoup pour votre aide !", "fr"),
        ("cual es la capital de australia", "es"),
        ("avustralyanin baskenti neresi", "tr"),
        ("Як зберігати картоплю взимку?", "uk"),
        ("چطور تمرکزم را بیشتر کنم؟", "fa"),
        ("أَنْشِئْ قِصَةً عَنْ فَتاةٍ شَجَاعَةٍ", "ar"),
        ("नमस्ते", "hi"),
        ("東京都庁", "ja"),
        ("北京有什么好吃的", "zh-Hans"),
        ("請問這個字怎麼唸？", "zh-Hant"),
        ("今天天气很好", "zh-Hans"),
        ("他在家", None),
        ("Pythonのlist comprehensionについて教えて", "ja"),
        ("What does 你好吗 mean?", "en"),
        ("kya haal hai bhai, sab theek?", "hi-Latn"),
        ("sumimasen, eki wa doko desu ka", "ja-Latn"),
        ("privet kak dela chto novogo", "ru-Latn"),
        ("kalispera, pote kleinei to magazi kai pou einai", "el-Latn"),
        ("esh 3amel ya 7abibi, shu sar ma3ak", "ar-Latn"),
    ],
)
def test_texts(text: str, tag: str) -> None:
    assert identify(text).tag == tag


@pytest.mark.parametrize("text", ["", "12345", "ok", "hmm", "asdf qwer zxcv"])
def test_texts_that_tell_nothing(text: str) -> None:
    assert identify(text).tag is None


def test_probabilities_are_a_distribution() -> None:
    found = identify("Por favor, complete esta frase:")
    assert 0.9 < sum(found.probabilities.values()) <= 1.0
    assert {"es", "pt"} <= found.probabilities.keys()
