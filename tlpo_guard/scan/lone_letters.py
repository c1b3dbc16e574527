"""Letters of foreign scripts that stand for themselves: in formulas, as names of things, in faces that are drawn with them."""

from tlpo_guard.exemptions.faces import in_face
from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.repertoires import GREEK_SYMBOLS, LONE_SYMBOLS
from tlpo_guard.languages.scripts import script_of

__all__ = ["is_symbol"]

_INDEX = frozenset("_^{")
_OPERATORS = frozenset("ΔΣ")
_MOST_CAPITALS = 3
_TRANSCRIBING = frozenset("پچژگ")  # by which Arabic writes the sounds of foreign names, one in a word
_HAN_SIGNS = frozenset("卍卐")
# Words of a single letter; another letter that stands alone is spoken of, or a symbol.
_ONE_LETTER_WORDS = {"Cyrl": frozenset("авикосуяйієб"), "Hebr": frozenset("ו"), "Arab": frozenset("وآ")}
# What a letter that is spoken of, or a symbol, has beside it.
_SET_APART = frozenset("\"'`«»“”„‘’‹›()[]{}<>/|\\=+*^_−")


def is_symbol(text: str, start: int, end: int) -> bool:
    """Whether letters of a foreign script are symbols and no text of it.

    Args:
        text: the answer.
        start: offset of the first of some letters in a row.
        end: offset behind the last of them.
    """
    letters = text[start:end]
    script = script_of(letters[0])
    if script == "Grek" and _is_greek_symbol(letters, text[start - 1 : start]):
        return True
    if len(letters) == 1 and letters in _TRANSCRIBING and _inside_word(text, start, script):
        return True
    if len(letters) == 1 and not _beside_letters(text, start):
        if letters in _HAN_SIGNS or (letters in LONE_SYMBOLS and script != "Hani"):
            return True
        if script not in SCRIPTS_WITHOUT_SPACES and (letters.isupper() or _is_set_apart(text, start)):
            return True
        if script in _ONE_LETTER_WORDS and letters not in _ONE_LETTER_WORDS[script]:
            return True
    return in_face(text, start, end)


def _is_greek_symbol(letters: str, before: str) -> bool:
    """A letter of its own, an operator and its operand, a few capitals as the name of a society, or the indices of a tensor."""
    if not GREEK_SYMBOLS.issuperset(letters):
        return False
    if len(letters) == 1 or (len(letters) == 2 and (letters[0] in _OPERATORS or before in _INDEX)):
        return True
    return len(letters) <= _MOST_CAPITALS and letters.isupper()


def _beside_letters(text: str, offset: int) -> bool:
    return any(char.isalpha() for char in text[max(offset - 1, 0) : offset] + text[offset + 1 : offset + 2])


def _inside_word(text: str, offset: int, script: str) -> bool:
    """Whether letters of the same script stand on both sides."""
    return 0 < offset < len(text) - 1 and script_of(text[offset - 1]) == script == script_of(text[offset + 1])


def _is_set_apart(text: str, offset: int) -> bool:
    return not _SET_APART.isdisjoint(text[max(offset - 1, 0) : offset] + text[offset + 1 : offset + 2])
