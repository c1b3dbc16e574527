"""Which script a text is written in, and the language where script or characters alone tell it."""

from collections import Counter
from functools import cache

from langcodes import Language

from tlpo_guard.languages.relations import (
    JAPANESE_SYLLABARIES,
    LANGUAGE_OF_SCRIPT,
    SCRIPTS_IN_USE,
    SCRIPTS_IN_USE_EVERYWHERE,
    base_language,
)
from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.languages.tags import language

__all__ = [
    "has_chinese",
    "in_script",
    "language_of_script",
    "letters_by_script",
    "main_script",
    "scripts_by_share",
    "writing_of_chinese",
    "writing_of_han",
    "writing_of_tag",
]

# Worth of a letter in Latin letters.
_LETTERS_PER_CHARACTER = {"Hani": 2.5, "Hang": 2.0, "Hira": 1.5, "Kana": 1.5, "Thai": 1.2}
# Characters of everyday Chinese sentences that Japanese, which has them too, writes in old texts only.
_CHINESE_WORDS = frozenset("我你您她它们們这這哪吗嗎么麼怎呢吧啊很给給让讓请請谁誰没沒啥咋嘛")
_CHINESE_PHRASES = ("謝謝", "早上好", "早安", "晚安", "再見", "再见", "對不起", "沒關係")
# Among the common characters of Big 5 as well, but in a sentence the simplified one.
_SIMPLIFIED_WORDS = frozenset("么")
_RARE_IN_BIG5 = 0xC940  # its first code of the second level, of characters that are seldom used
_SEVERAL = frozenset({"Ethi", "Hebr"})  # Amharic and Tigrinya, Hebrew and Yiddish
_MOST_JAPANESE = 4  # characters of a name or heading; a Japanese sentence longer than that has kana


def letters_by_script(text: str) -> dict[str, float]:
    """Script (ISO 15924) -> its letters in a text, worth as much as so many Latin ones."""
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        if (script := script_of(char)) not in NEUTRAL:
            counts[script] += count
    return {script: count * _LETTERS_PER_CHARACTER.get(script, 1.0) for script, count in counts.items()}


def scripts_by_share(text: str) -> dict[str, float]:
    """Script -> share of the letters, 0 to 1; Jpan for kana together with Han."""
    weights = letters_by_script(text)
    kana = sum(weights.pop(script, 0.0) for script in JAPANESE_SYLLABARIES)
    if kana:
        weights["Jpan"] = kana + weights.pop("Hani", 0.0)
    total = sum(weights.values())
    return {script: weight / total for script, weight in weights.items()}


def main_script(text: str) -> str:
    """The script that most letters of a text are in; empty where it has none."""
    shares = scripts_by_share(text)
    return max(shares, key=shares.__getitem__, default="")


def in_script(tag: str, script: str) -> str:
    """The tag with a script, of a language that is written in several, but each of its readers' in one; else the tag as it is."""
    code = base_language(tag)
    if code not in SCRIPTS_IN_USE or code in SCRIPTS_IN_USE_EVERYWHERE or "-" in tag:
        return tag
    return language(f"{tag}-{script}").tag if script in language(tag).scripts else tag


def language_of_script(script: str) -> str | None:
    """The one language in wide use that is written in a script; None where several are."""
    return None if script in _SEVERAL else LANGUAGE_OF_SCRIPT.get(script)


def writing_of_tag(tag: str) -> str | None:
    """`zh-Hans` or `zh-Hant` of a tag that says which Chinese writing, `zh-TW` among them; None for `zh` and other languages."""
    parsed = Language.get(tag)
    if parsed.language not in ("zh", "yue") or not (parsed.script or parsed.territory):
        return None
    return f"zh-{parsed.maximize().script}"


def writing_of_han(text: str) -> str | None:
    """`zh-Hant`, `zh-Hans`, `zh` or `ja` of a text in Han characters without kana; None where all of them could be.

    Characters tell that only the character set of one writing has: GB 2312, Big 5 or JIS X 0208.
    """
    if not has_chinese(text):
        han = [char for char in text if script_of(char) == "Hani"]
        if any(_sets(char) == "j" for char in han):
            return "ja"
        if len(han) <= _MOST_JAPANESE:
            return None
    return writing_of_chinese(text)


def writing_of_chinese(text: str) -> str:
    """`zh-Hant`, `zh-Hans` or `zh` of a text that is known to be Chinese."""
    han = [char for char in text if script_of(char) == "Hani"]
    sets = [_sets(char) for char in han]
    simplified = sum(one in ("s", "sj") for one in sets) + sum(char in _SIMPLIFIED_WORDS for char in han)
    traditional = sum(one in ("t", "tj") for one in sets)
    if simplified > traditional:
        return "zh-Hans"
    return "zh-Hant" if traditional > simplified else "zh"


def has_chinese(text: str) -> bool:
    """Whether a text has characters or phrases of Chinese that Japanese does not write today."""
    han = [char for char in text if script_of(char) == "Hani"]
    if any((one := _sets(char)) and "j" not in one for char in han) or not _CHINESE_WORDS.isdisjoint(han):
        return True
    return any(phrase in text for phrase in _CHINESE_PHRASES)


@cache
def _sets(char: str) -> str:
    """Which writings' character sets have a character: letters of `s`, `t` and `j`."""
    sets = "s" if _code(char, "gb2312") else ""
    if 0 < _code(char, "big5") < _RARE_IN_BIG5:
        sets += "t"
    return sets + ("j" if _code(char, "shift_jis") else "")


def _code(char: str, encoding: str) -> int:
    """The code of a character, 0 where a character set lacks it."""
    try:
        return int.from_bytes(char.encode(encoding), "big")
    except UnicodeEncodeError:
        return 0
