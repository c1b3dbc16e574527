"""Word drift while an answer is written."""

import random

import numpy as np
import pytest

from tlpo_guard.brought import Brought
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rewind import ForeignTokens, WordWatch
from tlpo_guard.vocabulary.index import VocabularyIndex

OWN = {
    "es": "La mejor manera de aprender a cocinar es empezar con recetas muy sencillas y repetirlas cada semana. ",
    "de": "Am besten lernt man kochen, wenn man mit einfachen Gerichten beginnt und sie jede Woche wiederholt. ",
    "fr": "La meilleure façon d'apprendre à cuisiner est de commencer par des recettes simples chaque semaine. ",
}
ENGLISH = "the best way to learn this is to start with something that you really like and then "


def tokens(text: str, seed: int = 0) -> list[bytes]:
    """A text in pieces as tokenizers cut it: words with their space, some of them in two."""
    dice, out = random.Random(seed), []
    for word in text.replace(" ", "\0 ").split("\0"):
        data = word.encode()
        cut = dice.randint(1, len(data)) if len(data) > 3 and dice.random() < 0.4 else len(data)
        out += [piece for piece in (data[:cut], data[cut:]) if piece]
    return out


def watch(language: str, prompt: str = "", max_held: int = 48) -> WordWatch:
    return WordWatch(GuardPolicy(languages=(language,)), Brought.of([prompt]), max_held=max_held)


@pytest.mark.parametrize("language", OWN)
def test_a_switch_is_told_at_its_first_word_and_none_of_it_has_gone_out(language: str) -> None:
    own, english = tokens(OWN[language]), tokens(" " + ENGLISH)
    watched, told, released = watch(language), None, 0
    for token in own + english:
        told = watched.feed(token)
        if told is not None:
            break
        settled = watched.settle()
        assert settled >= released
        released = settled
    assert told is not None and told.language == "en"
    assert len(own) - 1 <= told.position <= len(own) + 2
    assert released <= told.position


@pytest.mark.parametrize("language", OWN)
@pytest.mark.parametrize(
    "foreign",
    [
        "\n```python\nfor item in things:\n    print(the_best_way_to(start, with_something))\n```\n",
        'Die Antwort war: "the best way to learn this is to start" ',
        "(the best way to learn) ",
        "https://example.org/the/best/way/to/learn/this/is/to/start ",
        "`the best way to learn this is to start` ",
    ],
)
def test_what_may_be_foreign_raises_no_alarm(language: str, foreign: str) -> None:
    watched = watch(language)
    text = OWN[language] * 2 + foreign + OWN[language]
    assert [told for token in tokens(text) if (told := watched.feed(token)) is not None] == []
    assert watched.close() is None


def test_the_prompts_own_words_may_be_said_again() -> None:
    title = "the best way to learn this is to start"
    text = OWN["es"] + f"El libro {title} me gusta mucho y lo recomiendo a mis amigos. "
    for prompt, told in ((f"¿Qué opinas de {title}?", False), ("¿Qué opinas?", True)):
        watched = watch("es", prompt)
        assert (sum(watched.feed(token) is not None for token in tokens(text)) > 0) is told


def test_going_back_forgets_and_a_second_switch_is_told_sooner() -> None:
    own, english = tokens(OWN["es"]), tokens(" " + ENGLISH)
    watched = watch("es")

    def until_told(pieces: list[bytes]) -> tuple[int, int]:
        for count, token in enumerate(pieces, 1):
            if (told := watched.feed(token)) is not None:
                return told.position, count
            watched.settle()
        raise AssertionError("nothing was told")

    position, first = until_told(own + english)
    watched.go_back(position)
    again, second = until_told(english)
    assert abs(again - position) <= 1
    assert second <= first - len(own)


def test_no_more_is_held_than_allowed_and_little_of_a_clean_answer() -> None:
    text, held = tokens(OWN["de"] * 40), []
    watched = watch("de", max_held=10)
    for count, token in enumerate(text, 1):
        watched.feed(token)
        held.append(count - watched.settle())
    assert max(held) <= 10
    assert sum(held) / len(held) < 4
    assert len(watched._marks) <= 10


def test_languages_of_other_scripts_have_nothing_to_watch_for() -> None:
    assert not WordWatch.watches(GuardPolicy(languages=("ko",)))
    assert not WordWatch.watches(GuardPolicy(mode="off", languages=("es",)))  # type: ignore[arg-type]
    assert WordWatch.watches(GuardPolicy(languages=("es",)))


def test_tokens_of_the_other_language_are_known_by_their_words() -> None:
    spelled = [" the", "The", "the", " casa", " cocinar", " with", "ing", " hotel", " 1", "\n", " é"]
    table = ForeignTokens(VocabularyIndex.from_bytes([s.encode() for s in spelled])).table(("es",), "en")
    assert table.dtype == np.bool_ and not table.flags.writeable
    assert [s for s, foreign in zip(spelled, table.tolist(), strict=True) if foreign] == [" the", "The", " with"]


ITALIAN = "Tutti il douze, il sedice, il sie sie speroite, il sie speroite.\n"


@pytest.mark.parametrize("rewinds", [0, 3])
def test_an_answer_that_keeps_slipping_goes_out_by_lines_that_are_judged_whole(rewinds: int) -> None:
    watched = watch("fr")
    own = tokens(OWN["fr"] + "\n")
    for _ in range(rewinds):
        assert watched.feed(b"La") is None
        watched.go_back(0)
    for token in own:
        assert watched.feed(token) is None
        watched.settle()
    told, released = None, set()
    for token in tokens(ITALIAN):
        told = told or watched.feed(token)
        if told is None:
            released.add(watched.settle())
    assert (told is not None) == bool(rewinds)
    if told is not None:
        assert (told.position, told.language, released) == (len(own), "en", {len(own)})
    else:
        assert len(released) > 1


JAPANESE = "この町の図書館は毎日九時に開きます。"
CHINESE = "我们可以在这里找到很多关于这个城市历史的书。"


def bytewise(text: str, width: int) -> list[bytes]:
    """A text in tokens that may end inside of a character."""
    data = text.encode()
    return [data[start : start + width] for start in range(0, len(data), width)]


@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_a_chinese_sentence_in_a_japanese_answer_is_told_where_its_first_character_begins(width: int) -> None:
    watched, told, fed = watch("ja"), None, 0
    for token in bytewise(JAPANESE + CHINESE, width):
        fed += 1
        told = watched.feed(token)
        if told is not None:
            break
        assert watched.settle() <= len(JAPANESE.encode()) // width
    assert told is not None and told.language == "zh"
    assert told.position == len(JAPANESE.encode()) // width
    assert fed < len((JAPANESE + CHINESE).encode()) // width


@pytest.mark.parametrize(
    "text",
    [
        f"{JAPANESE}中国語では「{CHINESE}」と言います。{JAPANESE}",
        f"{JAPANESE}\n```\n{CHINESE}\n```\n{JAPANESE}",
        f"{JAPANESE}東京都立中央図書館特別文庫室。{JAPANESE}",
    ],
)
def test_chinese_in_quotations_and_code_raises_no_alarm(text: str) -> None:
    watched = watch("ja")
    assert [told for token in bytewise(text, 3) if (told := watched.feed(token)) is not None] == []


def test_after_going_back_a_japanese_answer_is_watched_as_before() -> None:
    watched, own = watch("ja"), bytewise(JAPANESE, 3)
    for _ in range(2):
        told = next(told for token in [*own, *bytewise(CHINESE, 3)] if (told := watched.feed(token)) is not None)
        assert told.position == len(own)
        watched.go_back(0)


def test_chinese_tokens_are_those_that_japanese_hardly_has() -> None:
    pieces = ["我们", "的", "这", "図書", "日本", "です", " the", "。", "\u3000"]
    foreign = ForeignTokens(VocabularyIndex.from_bytes([piece.encode() for piece in pieces])).table(("ja",), "zh")
    assert [piece for piece, is_foreign in zip(pieces, foreign, strict=True) if is_foreign] == ["我们", "的", "这"]


def test_words_go_on_from_the_text_that_the_answer_goes_on_from() -> None:
    """Positions count the answer's own tokens, an open fence holds code, and what was begun is nobody's slip."""
    own, english = tokens(OWN["de"]), tokens(ENGLISH + ENGLISH)
    policy, brought = GuardPolicy(languages=("de",)), Brought.of([""])
    fenced = WordWatch(policy, brought, max_held=48, begun="So geht es:\n\n```python\nfor item")
    assert not any(map(fenced.feed, english))
    slipped = WordWatch(policy, brought, max_held=48, begun=ENGLISH + "\n" + ENGLISH)
    assert not any(map(slipped.feed, own)) and slipped.settle() > 0
    closed = WordWatch(policy, brought, max_held=48, begun="So geht es:\n\n```\npass\n```\nAm ")
    assert closed.settle() == closed.released == 0
    point = next(filter(None, map(closed.feed, own + english)))
    assert len(own) - 1 <= point.position <= len(own) + 2
    closed.go_back(point.position)
    again = next(filter(None, map(closed.feed, english)))
    assert point.position <= again.position <= point.position + 2
