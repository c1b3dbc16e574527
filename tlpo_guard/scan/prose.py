"""Sentences in which an answer itself speaks, rather than names, gives an example or quotes."""

from collections.abc import Callable

from tlpo_guard.words.patterns import compiled

__all__ = ["is_prose"]

_SENTENCE = 6  # words of a sentence among those of the expected language
_INTRODUCTION = 4  # words of a line that introduces what follows it
_PARAGRAPH = 20  # words of a paragraph that stands for itself, of several sentences
_EXPECTED = 2  # words of the expected language that make a text be in it
_SENTENCE_END = r"""[.!?…。！？؟۔।]["'”’»)*_]{0,3}\s*$"""
_INTRODUCES = r"[:：][*_]{0,3}\s*$"
_LABEL = r"[^:：\n]{1,40}[:：]"  # what follows is an example
_ITEM = r"\s*(?:[-–—•*+>|]|\d+[.)]|#)"
_SENTENCES = r"[.!?…](?=\s|$)"


def is_prose(text: str, start: int, end: int, count_expected: Callable[[str], int]) -> bool:
    """Whether a stretch in another language is a sentence of the answer's own.

    It is where it stands between sentences of the expected language, where it introduces what follows, and where it is a
    paragraph that nothing introduces. An example follows a colon or stands in a list, or on a line of its own.

    Args:
        text: the answer.
        start: offset of the stretch.
        end: offset after it.
        count_expected: how many words of the expected language a text has.
    """
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    before, after = text[line_start:start], text[end:line_end]
    words = len(text[start:end].split())
    if compiled(_LABEL).match(text[start:end]):
        return False
    if any(map(str.isalpha, before)):
        behind_a_sentence = compiled(_SENTENCE_END).search(before) is not None
        return behind_a_sentence and words >= _SENTENCE and count_expected(before) >= _EXPECTED
    if compiled(_ITEM).match(text[line_start:line_end]) or any(map(str.isalpha, after)):
        return False
    introduces = compiled(_INTRODUCES).search(after) is not None
    long = words >= _PARAGRAPH and len(compiled(_SENTENCES).findall(text[start:line_end])) > 1
    if not (long or (introduces and words >= _INTRODUCTION)):
        return False
    return _stands_alone(text, line_start, line_end, count_expected, introduces=introduces)


def _stands_alone(
    text: str, line_start: int, line_end: int, count_expected: Callable[[str], int], *, introduces: bool
) -> bool:
    """Whether a line is no part of a text of several, such as a letter, and nothing introduces it."""
    *_, before = ["", *filter(str.strip, text[:line_start].split("\n"))]
    after, *_ = [*filter(str.strip, text[line_end:].split("\n")), ""]
    if compiled(_INTRODUCES).search(before) or compiled(_ITEM).match(before):
        return False
    if introduces and compiled(_ITEM).match(after):
        return True
    return all(not line or count_expected(line) >= _EXPECTED for line in (before, after)) and bool(
        after or not introduces
    )
