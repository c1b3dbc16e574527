"""Which script a text is written in, and the language where the script alone tells it."""

from collections import Counter

from tlpo_guard.languages.relations import JAPANESE_SYLLABARIES, LANGUAGE_OF_SCRIPT
from tlpo_guard.languages.scripts import NEUTRAL, script_of

__all__ = ["language_of_han", "language_of_script", "main_script"]

_LETTERS_PER_CHARACTER = {
    "Hani": 2.5,
    "Hang": 2.0,
    "Hira": 1.5,
    "Kana": 1.5,
    "Thai": 1.2,
}  # worth of one in Latin letters
_MAIN = 0.3  # of the letters; foreign words in Latin letters are common in every script, the other way round they are quotations


def main_script(text: str) -> tuple[str | None, float]:
    """ISO 15924 code of the script of a text's sentences and its share of the letters, 0 to 1; Jpan for kana with Han.

    A script other than Latin counts as the main one from 30% on: names and terms in Latin letters stand in all of them.
    """
    counts: Counter[str] = Counter(script for char in text if (script := script_of(char)) not in NEUTRAL)
    if not counts:
        return None, 0.0
    weights = {script: count * _LETTERS_PER_CHARACTER.get(script, 1.0) for script, count in counts.items()}
    kana = sum(weights.pop(script, 0.0) for script in JAPANESE_SYLLABARIES)
    if kana:
        weights["Jpan"] = kana + weights.pop("Hani", 0.0)
    total = sum(weights.values())
    others = {script: weight for script, weight in weights.items() if script != "Latn"}
    if others:
        script = max(others, key=others.__getitem__)
        if others[script] >= _MAIN * total:
            return script, others[script] / total
    return "Latn", weights.get("Latn", 0.0) / total


def language_of_script(script: str) -> str | None:
    """The one language in wide use that is written in a script; None where several are."""
    return LANGUAGE_OF_SCRIPT.get(script)


def language_of_han(text: str) -> str:
    """`ja` or `zh` of a text in Han characters alone: only Japanese has characters that no Chinese character set has."""
    chinese = _encodable(text, "gbk") and (_encodable(text, "gb2312") or _encodable(text, "big5"))
    return "zh" if chinese or not _encodable(text, "shift_jis") else "ja"


def _encodable(text: str, encoding: str) -> bool:
    try:
        "".join(char for char in text if script_of(char) == "Hani").encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
