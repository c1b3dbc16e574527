import pytest

from tlpo_guard.intent.settling import settle


@pytest.mark.parametrize(
    ("languages", "claimed", "beginning", "settled"),
    [
        (("de",), ("ko",), "Gern! Hier ist", ("de",)),
        (("de",), ("ko",), "물론이죠.", ("ko",)),
        (("de",), ("ko",), "1. ", None),
        (("de",), ("ko",), "Да, конечно", None),
        (("de",), ("en",), "Hier ist", None),
        (("de",), ("en",), "Hier ist die Zusammenfassung des Textes:", ("de",)),
        (("de",), ("en",), "Here is the summary of the text you sent:", ("en",)),
        (("de",), ("en",), "Voici le résumé du texte que vous avez envoyé :", None),
        (("ja",), ("zh",), "この記事によると", ("ja",)),
        (("ja",), ("zh",), "这篇文章", ("zh",)),
        (("zh-Hant",), ("zh-Hans",), "这篇文章讲的是", ("zh-Hans",)),
        (("zh-Hant",), ("zh-Hans",), "這篇文章講的是", ("zh-Hant",)),
        (("en", "fr"), (), "Bonjour à tous, voici", ("en", "fr")),
        (("en", "fr"), ("ru",), "Вот краткое", ("ru",)),
        (("uk",), ("ru",), "Звісно, ось коротке резюме вашої статті", ("uk",)),
        (("uk",), ("ru",), "Конечно, вот краткое содержание вашей статьи", ("ru",)),
        (("es",), ("pt",), "Claro, aquí tienes un resumen del texto", ("es",)),
        (("es",), ("pt",), "Claro, aqui está um resumo do seu texto", ("pt",)),
    ],
)
def test_beginnings(
    languages: tuple[str, ...], claimed: tuple[str, ...], beginning: str, settled: tuple[str, ...] | None
) -> None:
    assert settle(languages, claimed, beginning) == settled


def test_it_stays_settled_as_the_answer_goes_on() -> None:
    text = "Selvfølgelig kan jeg hjælpe dig med at skrive brevet til kommunen om den nye vej."
    decided = [settle(("da",), ("en",), text[:end]) for end in range(len(text))]
    first = decided.index(("da",))
    assert set(decided[:first]) == {None}
    assert set(decided[first:]) == {("da",)}
