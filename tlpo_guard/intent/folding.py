"""Folding of case, accents and spelling variants, so that one expression finds every spelling."""

import unicodedata

__all__ = ["fold", "foldable", "without_points"]

# Spellings that writers of the language mix freely.
_VARIANTS = {
    "ı": "i", "İ": "i", "đ": "d", "ł": "l", "ø": "o", "æ": "a", "ß": "s", "’": "'", "ʼ": "'", "`": "'", "´": "'",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ئ": "ي", "\u200c": " ",
    "ё": "е", "ґ": "г", "ς": "σ", "\u00a0": " ", "\u3000": " ", "\u0901": "\u0902",
}  # fmt: skip
# "nổi tiếng nhất" (the best known) is not "nói tiếng Nhật" (speak Japanese).
_KEPT = {"ổ": "ô", "Ổ": "ô"}
_ACCENTED = ("LATIN", "GREEK")
# Marks that many leave out: vowel points of Arabic and Hebrew, tatweel; nukta, joiners.
_POINTS = frozenset({"\u0640", *map(chr, range(0x64B, 0x653)), *map(chr, range(0x5B0, 0x5BE))})
_LEFT_OUT = _POINTS | frozenset("\u093c\u09bc\u200d\u200e\u200f\ufeff")
_DELETE = dict.fromkeys(map(ord, _POINTS))


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(char: str) -> str:
    if char in _LEFT_OUT:
        return ""
    if char in _KEPT:
        return _KEPT[char]
    char = _VARIANTS.get(char, char)
    lower = char.lower()[0]
    lower = _VARIANTS.get(lower, lower)
    if lower.isascii() or not unicodedata.name(lower, "").startswith(_ACCENTED):
        return lower
    return unicodedata.normalize("NFD", lower)[0]


_TABLE = _Table()
_MARKS = dict.fromkeys(map(ord, _LEFT_OUT))


def fold(text: str) -> str:
    """Lower case, without accents on Latin and Greek letters, without marks that many leave out; lengths may change."""
    if text.isascii():
        return text.lower().replace("`", "'")
    return unicodedata.normalize("NFC", text).translate(_TABLE)


def foldable(text: str) -> str:
    """The text as it is written, but of the same length as it has when folded."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_MARKS)


def without_points(text: str) -> str:
    """The text without the vowel points that Arabic and Hebrew mostly do without."""
    return text if text.isascii() else text.translate(_DELETE)
