"""Letters that no answer in some scripts may hold, by Unicode's properties and not by the guard's own tables; English words."""

import regex
from wordfreq import zipf_frequency

from tlpo_guard.languages.repertoires import GREEK_SYMBOLS, LONE_SYMBOLS

_SYMBOLS = "".join(sorted(GREEK_SYMBOLS | LONE_SYMBOLS))
_SIGNS = "ªº\u2126\u212a\u212b\ufdf0-\ufdfb\uff9e\uff9f"


def foreign_to(*scripts: str) -> regex.Pattern[str]:
    """Letters of no script of these (Unicode names) that are no signs and may be no symbols, or Greek ones in a row."""
    own = "".join(rf"--\p{{{script}}}" for script in (*scripts, "Common", "Inherited"))
    greek = r"\p{L}(?<=\p{Greek})"
    return regex.compile(rf"[\p{{L}}{own}--[{_SYMBOLS}{_SIGNS}]]|{greek}{greek}", regex.V1)


_WORD = regex.compile(r"(?<![\p{L}\p{N}._/@'’-])\p{Latin}{3,}(?![\p{L}\p{N}._/@'’])")
_COMMON, _COMMON_NAME = 4.8, 5.5  # on Zipf's scale
_EVERYWHERE = 0.6  # by which a word that English alone has is commoner there


def english_words(text: str) -> list[str]:
    """Common English words in a text: those in small letters, and the commonest behind a capital, where names begin, too."""
    return [word for word in _WORD.findall(text) if _is_english(word)]


def _is_english(word: str) -> bool:
    zipf = zipf_frequency(word.lower(), "en")
    elsewhere = max(zipf_frequency(word.lower(), tag) for tag in ("pl", "fi", "hu"))
    return zipf - elsewhere > _EVERYWHERE and zipf >= (_COMMON if word.islower() else _COMMON_NAME)
