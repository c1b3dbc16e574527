"""Templates filled with the sentences of each language."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.conversations.conversation import Conversation, half_of
from benchmarks.conversations.phrase_book import PhraseBook, phrase_books
from tlpo_guard.intent import Message

__all__ = ["Template", "conversations", "filled"]

_BLANK = re.compile(r"<(?:([\w-]+):)?([\w.]+[?!]?)(?:\|(\w+)(?::([^>]*))?)?>")
_PIECE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_UNSPACED = {"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"}
_LOOK_ALIKES = {"LATIN": str.maketrans("aeo", "аео"), "CYRILLIC": str.maketrans("аео", "aeo")}


@dataclass(frozen=True, slots=True)
class Template:
    """Makes a conversation of every language that has the sentences.

    `<bread?>` is a sentence of the language, `<fr:bread?>` one of another, `<name>` and `<tag>` are the language's own.
    `<bread!|json>` is quoted for JSON, `<bread!|slip:WORD>` has a foreign word in it, `<bread!|lookalike>` a foreign letter.

    Attributes:
        turns: role and text, alternately: a text alone is one message of the user.
        expected: as in `Conversation`, with blanks.
        answer: with the foreign pieces that must be found in double brackets.
        scripts: of the languages that it is for; empty means all.
        but: languages and scripts that it is not for.
    """

    name: str
    kind: str
    turns: str | tuple[tuple[str, str], ...]
    expected: tuple[str, ...]
    answer: str | None = None
    scripts: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    strict: bool = False


def conversations(half: str = "all") -> list[Conversation]:
    """The set: `open`, `sealed` or `all`."""
    from benchmarks.conversations.drifting import DRIFTING
    from benchmarks.conversations.everyday import EVERYDAY
    from benchmarks.conversations.single import single_conversations

    made = [one for template in (*EVERYDAY, *DRIFTING) for one in filled(template)]
    made += single_conversations()
    names = [one.name for one in made]
    assert len(names) == len(set(names)), "two conversations have one name"
    return [one for one in made if half in ("all", half_of(one.template))]


def filled(template: Template) -> Iterator[Conversation]:
    """A template's conversations."""
    for tag, book in phrase_books().items():
        if {tag, book.script}.intersection(template.but):
            continue
        if template.scripts and book.script not in template.scripts:
            continue
        try:
            yield _conversation(template, book)
        except KeyError:  # the language lacks a sentence
            continue


def _conversation(template: Template, book: PhraseBook) -> Conversation:
    turns = (("user", template.turns),) if isinstance(template.turns, str) else template.turns
    answer = None if template.answer is None else _fill(template.answer, book)
    return Conversation(
        template=template.name,
        kind=template.kind,
        language=book.tag,
        messages=tuple(Message(role, _fill(text, book)) for role, text in turns),
        expected=tuple(_fill(tags, book) for tags in template.expected),
        answer=None if answer is None else _PIECE.sub(r"\1", answer),
        drift=() if answer is None else tuple(_PIECE.findall(answer)),
        strict=template.strict,
    )


def _fill(text: str, book: PhraseBook) -> str:
    def sentence(found: re.Match[str]) -> str:
        other, key, change, argument = found.groups()
        of = phrase_books()[other] if other else book
        if key in ("name", "tag"):
            return str(getattr(of, key))
        said = of.sentences[key]
        if change == "json":
            return json.dumps(said, ensure_ascii=False)[1:-1]
        if change == "slip":
            return _slipped(said, of, argument)
        if change == "lookalike":
            return _with_look_alike(said, of)
        return said

    return _BLANK.sub(sentence, text)


def _slipped(said: str, book: PhraseBook, word: str) -> str:
    """With a word behind the third one, or in the middle of the first sentence where words have no spaces."""
    if book.script in _UNSPACED:
        at = 6
        while unicodedata.category(said[at])[0] == "M":
            at += 1
        return f"{said[:at]}[[{word}]]{said[at:]}"
    words = said.split(" ")
    return " ".join([*words[:3], f"[[{word}]]", *words[3:]])


def _with_look_alike(said: str, book: PhraseBook) -> str:
    """With one letter of a long word as its double of another script."""
    table = _LOOK_ALIKES[book.script]
    for word in re.finditer(r"\w{6,}", said):
        for at in range(word.start() + 1, word.end()):
            if ord(said[at]) in table:
                return f"{said[:at]}[[{said[at].translate(table)}]]{said[at + 1 :]}"
    raise KeyError(book.tag)
