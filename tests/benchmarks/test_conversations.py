"""The conversations that `benchmarks.harm` runs."""

import re

from benchmarks.conversations import conversations
from benchmarks.conversations.phrase_book import phrase_books
from benchmarks.harm import accepted
from tlpo_guard.languages.tags import language

ALL = conversations()


def test_there_are_enough_in_enough_languages() -> None:
    assert len(ALL) >= 1500
    assert len({one.language for one in ALL}) >= 40


def test_the_halves_share_no_template_and_lack_none() -> None:
    halves = [conversations(half) for half in ("open", "sealed")]
    names = [{one.template for one in half} for half in halves]
    assert not names[0] & names[1]
    assert sorted(one.name for half in halves for one in half) == sorted(one.name for one in ALL)
    assert all(len(half) >= 700 for half in halves)


def test_every_blank_is_filled_and_every_bracket_taken_off() -> None:
    for one in ALL:
        texts = [*(message.text for message in one.messages), one.answer or "", *one.expected]
        assert not any(re.search(r"\[\[|\]\]|<[\w.:-]+[?!|>]", text) for text in texts), one.name


def test_the_foreign_pieces_stand_in_the_answer_in_order() -> None:
    for one in ALL:
        at = 0
        for piece in one.drift:
            at = (one.answer or "").index(piece, at) + len(piece)


def test_the_expected_tags_are_tags() -> None:
    for tags in {tags for one in ALL for tags in one.expected if tags}:
        for tag in tags.split(","):
            assert language(tag).tag


def test_bare_chinese_stands_for_simplified_only() -> None:
    assert accepted(("zh",), ("zh-Hans",))
    assert not accepted(("zh",), ("zh-Hant",))
    assert accepted(("fr", "en"), ("en,fr",))
    assert accepted((), ("de", ""))
    assert not accepted((), ("de",))


def test_no_question_is_one_in_two_languages() -> None:
    languages: dict[str, set[str]] = {}
    for tag, book in phrase_books().items():
        for key, sentence in book.sentences.items():
            if not key.endswith("!"):
                languages.setdefault(sentence, set()).add(tag)
    assert [tags for tags in languages.values() if len(tags) > 1] == []
