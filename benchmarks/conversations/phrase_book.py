"""The sentences of each language, from `phrases/*.txt`.

A block begins with `== tag Name`; a line is a key and a sentence. A key with `?` is a user's sentence and the same with `!` the
answer to it. A language has what we are sure of, so not every key.
"""

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["PhraseBook", "phrase_books"]

_NAMES = {"zh-Hans": "Simplified Chinese", "zh-Hant": "Traditional Chinese"}


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """The sentences of one language.

    Attributes:
        name: of the language, in English.
    """

    tag: str
    name: str
    sentences: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        """The script of its first letter, as Unicode names it: `LATIN`, `CJK`, `HANGUL`."""
        letter = next(char for char in self.sentences["bread?"] if char.isalpha())
        return unicodedata.name(letter).split()[0]


@cache
def phrase_books() -> dict[str, PhraseBook]:
    """All languages by tag."""
    books: dict[str, PhraseBook] = {}
    for path in sorted((Path(__file__).parent / "phrases").glob("*.txt")):
        book = None
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("== "):
                _, tag, name = line.split(maxsplit=2)
                book = books.setdefault(tag, PhraseBook(tag, _NAMES.get(tag, name)))
            elif line:
                assert book is not None, path
                key, sentence = line.split(" ", 1)
                assert key not in book.sentences, (path, book.tag, key)
                book.sentences[key] = sentence
    return books
