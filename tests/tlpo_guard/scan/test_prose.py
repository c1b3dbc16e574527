"""An admitted language may stand in an answer as words, examples and quotations, not as sentences of the answer's own."""

import pytest

from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge


def found(language: str, text: str) -> list[str]:
    judge = AnswerJudge(GuardPolicy(languages=(language,), admitted=("en",)))
    return [text[drift.start : drift.end] for drift in judge.drifts(text)]


@pytest.mark.parametrize(
    ("language", "text", "own"),
    [
        (
            "de",
            "Sure, here are the sayings in German:\n\n1. A bird in the hand – der Spatz in der Hand\n2. Easy come, easy go – "
            "wie gewonnen, so zerronnen",
            "Sure, here are the sayings in German",
        ),
        (
            "de",
            "Das Verb „run“ hat viele Bedeutungen. It can also be used for machines and for companies. Meistens heißt es "
            "„laufen“.",
            "It can also be used for machines and for companies",
        ),
        (
            "es",
            "«Once in a blue moon» significa muy pocas veces. You should not use it in a formal report. También existe "
            "«every now and then».",
            "You should not use it in a formal report",
        ),
        (
            "ja",
            "「call it a day」は仕事を終えるという意味です。People often say it at the end of a long meeting. "
            "日本語では「切り上げる」です。",
            "People often say it at the end of a long meeting",
        ),
        (
            "de",
            "There are several words for rain, and the right one depends on how hard it falls. Drizzle is very light. If it "
            "comes down hard, people say that it is pouring.\n\nDas sind die wichtigsten Wörter für Regen.",
            "There are several words for rain, and the right one depends on how hard it falls. Drizzle is very light. If it "
            "comes down hard, people say that it is pouring",
        ),
    ],
)
def test_sentences_of_the_answers_own_are_found(language: str, text: str, own: str) -> None:
    assert found(language, text) == [own]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "In inglese si dice: I would like to book a table for two. È una frase cortese."),
        ("es", "Significa muy pocas veces. Ejemplo: We only go to the cinema once in a blue moon. Es muy común."),
        (
            "de",
            "Hier sind zwei Beispiele:\n\n1. She runs every morning. – Sie läuft jeden Morgen.\n2. The engine is running.",
        ),
        (
            "de",
            "She runs every morning.\nSie läuft jeden Morgen.\n\nThe engine is still running.\nDer Motor läuft noch.",
        ),
        (
            "de",
            "Gern, hier ist ein Vorschlag:\n\nDear Mrs. Miller,\n\nI am writing to ask whether the room is still free. "
            "Could you please tell me what it costs and when I could see it?\n\nKind regards\n\nSoll ich etwas ändern?",
        ),
        (
            "ja",
            "仕事を終えるという意味です。\n例文：It is late, so let us call it a day and go home.\n"
            "（もう遅いので、切り上げて帰りましょう。）",
        ),
        (
            "de",
            "Das Gedicht beginnt so:\n\nThe woods are quiet and the night is long:\nno bird is singing any song.\n\nEs ist kurz.",
        ),
    ],
)
def test_examples_letters_and_verses_are_not(language: str, text: str) -> None:
    assert found(language, text) == []
