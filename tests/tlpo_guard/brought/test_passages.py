"""Languages that a conversation holds in pasted passages only are copied from and not admitted."""

from tlpo_guard.brought import Brought, without_passages
from tlpo_guard.intent import Claim, DecidedBy, Intent, Why

PASSAGE = "这座桥建于一九五七年，是长江上的第一座大桥。桥分两层，上层走汽车，下层走火车，每天有数万人从桥上经过。" * 2


def admitted(text: str, *claims: Claim) -> tuple[str, ...]:
    intent = Intent(("en",), DecidedBy.PROMPT, 0.9, admitted=("zh-Hans", "fr"), claims=claims)
    return without_passages(intent, Brought([text])).admitted


def test_a_language_of_documents_is_not_admitted() -> None:
    assert admitted(f"When was the bridge built?\n\n{PASSAGE}", Claim("zh-Hans", Why.NAMED, 0.1)) == ("fr",)
    assert admitted(PASSAGE, Claim("zh-Hans", Why.QUOTED, 0.1)) == ("fr",)


def test_words_that_are_asked_about_and_languages_that_are_named_are() -> None:
    assert admitted("When do you use 桥 and when 座?", Claim("zh-Hans", Why.NAMED, 0.1)) == ("zh-Hans", "fr")
    assert admitted(PASSAGE, Claim("zh-Hans", Why.NAMED, 0.3, "the Chinese words")) == ("zh-Hans", "fr")
    assert admitted(PASSAGE, Claim("zh-Hans", Why.EARLIER, 0.9)) == ("zh-Hans", "fr")
