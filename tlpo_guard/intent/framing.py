"""Which script a sentence is in where words of several stand in it: "Who is 周杰伦?" is English, "React是什么" Chinese."""

from collections.abc import Mapping

from tlpo_guard.intent.word_votes import frame_words
from tlpo_guard.intent.writing import has_chinese, scripts_by_share
from tlpo_guard.languages.relations import SCRIPT_PARTS
from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.words.patterns import WORD, compiled

__all__ = ["frame_script", "only_script", "without_script"]

_MAIN = 0.3  # of the letters; foreign words in Latin letters are common in every script, the other way round they are quotations
_LONGEST_NAME, _LONGEST_HAN_NAME = 3, 4  # words; characters
_FRAME = 2  # words of one language, in Latin letters, that make a sentence around words in another script
_MOST_INSIDE, _MOST_BEHIND = (
    0.85,
    0.65,
)  # share of the letters that words in another script may have in or behind such a sentence
# What follows a foreign word only in a sentence of the language itself: particles and copulas.
_JOINS = (
    r"(?:은|는|이란|란|이라|라는|라고|이|가|을|를|에서|에는|에|의|으로|로|와|과|랑|도|만)(?![가-힣]{3})"
    r"|(?:とは|って|という|の|は|が|を|に|で|と|も|から|まで|より|か)"
    r"|(?:是|的|在|怎么|怎麼|怎样|如何|和|跟|与|與|有|会|會|能|可以|为什么|為什麼|这|這|呢|吗|嗎)"
)

# Characters that a Chinese sentence has and a name has not.
_CHINESE = r"[是的在了不我你您她它们們这這那哪吗嗎么麼怎呢吧啊很给給让讓请請谁誰没沒啥]|什|几|幾"
_KANA = r"[\p{Hiragana}\p{Katakana}ー・]++"
_PARTICLES = r"とは|って|という|[はがをにでともへや]|の(?:$|[はがを])|から|まで|より|か$|です|ます|する|し[てたま]|い$"


def frame_script(text: str) -> tuple[str | None, float]:
    """ISO 15924 code of the script of a text's sentences and its share of the letters, 0 to 1; Jpan for kana with Han.

    A script other than Latin counts as the main one from 30% on: names and terms in Latin letters stand in all of them.
    """
    if text.isascii():
        return ("Latn", 1.0) if any(map(str.isalpha, text)) else (None, 0.0)
    shares = scripts_by_share(text)
    others = {script: share for script, share in shares.items() if script != "Latn"}
    if not shares:
        return None, 0.0
    if not others:
        return "Latn", 1.0
    script = max(others, key=others.__getitem__)
    if script == "Jpan" and _chinese_frames(text):
        script = "Hani"
        others[script] = shares[script] = shares["Jpan"]
    if (around := _around_names(text, shares)) is not None:
        return around, shares[around]
    if "Latn" not in shares:
        return script, shares[script]
    if others[script] < _MAIN or _latin_frames(text, others[script]):
        return "Latn", shares["Latn"]
    return script, shares[script]


def _latin_frames(text: str, share: float) -> bool:
    """Whether a sentence in Latin letters stands around words in other scripts, which have this share of the letters."""
    letters = [char for char in text if char.isalpha() and script_of(char) not in NEUTRAL]
    begins, ends = (script_of(letters[place]) == "Latn" for place in (0, -1))
    if not begins or share > (_MOST_INSIDE if ends else _MOST_BEHIND) or frame_words(text) < _FRAME:
        return False
    return ends or compiled(rf"\p{{Latin}}['\"”’）)]?\s?(?:{_JOINS})").search(text) is None


def _chinese_frames(text: str) -> bool:
    """Whether kana are names inside a Chinese sentence: all katakana, or in one stretch that joins nothing."""
    runs = compiled(_KANA).findall(text)
    if not has_chinese(text):
        return False
    hiragana = [run for run in runs if compiled(r"\p{Hiragana}").search(run)]
    return not hiragana or (len(hiragana) == 1 and compiled(rf"(?:{_PARTICLES})").match(hiragana[0]) is None)


def _around_names(text: str, shares: Mapping[str, float]) -> str | None:
    """The script of a sentence around a name: "Siapa 周杰伦?", "Шевченко是谁？"; None where nothing says which is the name."""
    if "Hani" not in shares or len(shares) != 2:
        return None
    other = next(script for script in shares if script != "Hani")
    if compiled(_CHINESE).search(text) is not None:
        names = compiled(WORD).findall(only_script(text, other))
        return "Hani" if other != "Latn" and len(names) <= _LONGEST_NAME else None
    if max(map(len, compiled(r"\p{Han}++").findall(text))) > _LONGEST_HAN_NAME:
        return None
    if other != "Latn":
        return other
    words = compiled(WORD).findall(only_script(text, "Latn"))
    asks = len(words) > 1 or text.rstrip().endswith("?")
    return "Latn" if asks and frame_words(text) >= 1 else None


def only_script(text: str, script: str) -> str:
    """The text with the letters of other scripts than this blanked."""
    if script == "Latn" and text.isascii():
        return text
    parts = SCRIPT_PARTS.get(script, frozenset({script})) | NEUTRAL
    return text.translate({ord(char): " " for char in set(text) if script_of(char) not in parts})


def without_script(text: str, script: str) -> str:
    """The text with all but the letters of other scripts blanked, and what stands between two of those."""
    if script == "Latn" and text.isascii():
        return " " * len(text)
    parts = SCRIPT_PARTS.get(script, frozenset({script})) | NEUTRAL
    foreign = {char for char in set(text) if script_of(char) not in parts}
    if not foreign:
        return " " * len(text)
    kept = [char in foreign for char in text]
    return "".join(
        char if kept[i] or (not char.isalpha() and 0 < i < len(text) - 1 and kept[i - 1] and kept[i + 1]) else " "
        for i, char in enumerate(text)
    )
