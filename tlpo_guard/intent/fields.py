"""Fields and codes that name a language: "Language: pt-BR", JSON with the keys `en` and `fr`."""

from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.parts import STRUCTURED
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.languages.relations import INTENT_TAGS
from tlpo_guard.languages.tags import language
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["languages_of_fields", "languages_of_label", "languages_of_pair"]

# Codes that a field may hold; among them none that is a word of English in a list of keys.
_LISTED = (
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk"
    " km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl nn pa pl ps pt ro ru sk sl sq sr sv sw ta te tg th tr uk"
    " ur uz vi zh zu"
)
_CODES = frozenset(_LISTED.split())
_CODE = r"[a-z]{2,3}(?:[-_][a-z]{2,4})?"
_QUOTED_CODE = r"[\"'`“](?:\w+[_.-])?(?P<a>[a-z]{2})[\"'`”]|\b\w{3,}_(?P<b>[a-z]{2})\b"
_SHORT_NAMES = {
    "中": "zh", "汉": "zh", "漢": "zh", "英": "en", "日": "ja", "韩": "ko", "韓": "ko", "法": "fr", "德": "de",
    "俄": "ru", "西": "es", "独": "de", "仏": "fr",
    "한": "ko", "영": "en", "일": "ja", "중": "zh", "독": "de", "불": "fr",
}  # fmt: skip
_PAIR = (
    rf"(?P<pair>[{''.join(_SHORT_NAMES)}]{{2,3}})(?:文|语|語|어)? ?"
    r"(?:双语|雙語|两种(?:语言|文字)|对照|對照|併記|并记|両(?:方|言語)|二か国語|バイリンガル"
    r"|병기|두 언어|이중 언어|혼용|文(?:版|各))"
)
_BARE_CODES = rf"\b(?P<list>{_CODE}(?:(?: ?[,/+&] ?| and | und | et | y | e | и )(?:and |und )?{_CODE})+)\b"


def languages_of_label(text: str) -> tuple[str, ...]:
    """Tags of the codes behind a label: "Language: pt-BR", "lang=de, fr"; empty where there is none.

    Args:
        text: the folded text.
    """
    match = _label().search(text)
    if match is None:
        return ()
    return _tags(compiled(_CODE).findall(match["codes"]))


def languages_of_fields(text: str) -> tuple[str, ...]:
    """Tags of several fields that a structured answer should have, one language each; empty where there are none.

    Args:
        text: the folded text, code included.
    """
    if compiled(STRUCTURED).search(text) is None:
        return ()
    codes = [match["a"] or match["b"] for match in compiled(_QUOTED_CODE).finditer(text)]
    for match in () if codes else compiled(_BARE_CODES).finditer(text):
        codes += compiled(_CODE).findall(match["list"])
    tags = _tags(codes)
    return tags if len(tags) > 1 else ()


def languages_of_pair(text: str) -> tuple[str, ...]:
    """Tags of two languages named by one character each, as in 中英双语, 日英併記, 한영 병기; empty where there are none.

    Args:
        text: the folded text.
    """
    match = compiled(_PAIR).search(text)
    return tuple(dict.fromkeys(_SHORT_NAMES[char] for char in match["pair"])) if match else ()


def _tags(codes: list[str]) -> tuple[str, ...]:
    tags: dict[str, None] = {}
    for code in codes:
        base, _, rest = code.replace("_", "-").partition("-")
        if base in _CODES:
            tags[
                language(f"{base}-{rest}" if base == "zh" and rest in ("hant", "hans", "tw", "hk", "cn") else base).tag
            ] = None
    return tuple(dict.fromkeys(INTENT_TAGS.get(tag, tag) for tag in tags))


@cache
def _label() -> "regex.Pattern[str]":
    labels = "|".join(fold(row.label) for row in PHRASES.values() if row.label)
    label = rf"(?m)^[^\w\n]*(?:\w+[ _]){{0,2}}(?:{labels}|langs?|locale|languages)s?[ *_\"]*(?:[:=：]|->)[ *_\"'\[]*"
    return compiled(rf"{label}(?P<codes>{_CODE}(?:[ ,/+\"'&]+(?:and )?{_CODE})*)[\"'\]]*(?:[ .,;*_]*$|[.;] )")
