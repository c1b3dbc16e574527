"""Names of languages in many languages, and where a text holds them. The names are CLDR's, by way of Babel."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.intent import folding, further_phrases, inflection, phrases
from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.further_phrases import FURTHER_PHRASES
from tlpo_guard.intent.inflection import forms
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.languages import relations
from tlpo_guard.languages.relations import BABEL_TAGS, LANGUAGES_WITH_NAMES_INSIDE_WORDS
from tlpo_guard.words.kept import kept
from tlpo_guard.words.patterns import LETTERS, compiled

if TYPE_CHECKING:
    import regex

__all__ = ["NameHit", "find_names", "names_of_languages"]

# Languages whose names are looked for.
_TARGETS = (
    "af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu ha he hi hr hu hy id ig is it ja"
    " jv ka kk"
    " km kn ko ku ky la lo lt lv mk ml mn mr ms mt my nb ne nl nn no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te"
    " tg th"
    " tk tl tr tt uk ur uz vi xh yi yo yue zh zu zh_Hans zh_Hant pt_BR pt_PT en_GB en_US es_419 es_MX es_ES fr_CA"
    " de_AT de_CH"
)
# Names in everyday use that CLDR does not have.
_MORE: dict[str, str] = {
    "en": "zh:mandarin zh:mandarin_chinese fa:farsi es:castilian fil:tagalog fil:filipino zh-Hant:traditional_chinese"
    " yue:cantonese hi:hindustani nb:norwegian bn:bangla bn:bengali es:latin_american_spanish hi-Latn:hinglish"
    " zh:chinese_mandarin el:modern_greek",
    "de": "zh:mandarin fa:farsi",
    "fr": "zh:mandarin fa:farsi",
    "es": "es:castellano zh:mandarin fa:farsi nl:holandes en:ingles",
    "pt": "zh:mandarim fa:farsi nl:neerlandes",
    "it": "zh:mandarino fa:farsi nl:nederlandese",
    "nl": "nl:hollands nl:vlaams",
    "tr": "nl:hollandaca fa:acemce",
    "pl": "nl:holenderski",
    "cs": "nl:holandstina",
    "ru": "nl:голландский fa:фарси",
    "uk": "nl:голландська fa:фарсі",
    "ro": "nl:olandeza",
    "el": "fa:φαρσι",
    "id": "en:inggeris zh:mandarin zh:cina ar:arab es:spanyol fr:perancis pt:portugis ko:korea ja:jepun id:indonesia"
    " ms:melayu",
    "zh": "en:英文 ja:日文 ko:韩文 ko:韩国语 ko:韓文 ko:韓語 fr:法文 de:德文 es:西文 es:西班牙文 ru:俄文 ru:俄國語 ar:阿拉伯文"
    " pt:葡文 pt:葡萄牙文 it:意大利文 it:義大利文 it:義大利語 vi:越南文 th:泰文 zh:汉语 zh:普通话 zh:国语 zh:华语 zh:漢語"
    " zh:國語 zh-Hant:繁体中文 zh-Hant:繁體中文 zh-Hans:简体中文 zh-Hans:簡體中文 en:英語"
    " ja:日語 fr:法語 de:德語 ru:俄語 th:泰語 zh:中國語"
    " tr:土耳其文 zh-Hant:繁体 zh-Hant:繁體 zh-Hans:简体 el:希腊文 he:希伯来文"
    " pl:波兰文 nl:荷兰文 hi:印地文 id:印尼语 id:印尼文"
    " uk:乌克兰文 es:西语",
    "ja": "en:英文 en:英 zh:中文 ko:ハングル zh:北京語 fa:ペルシャ語 he:ヘブル語 ja:和文 zh-Hant:繁体字 zh-Hant:台湾華語 ja:和",
    "ko": "fr:불어 de:독어 es:서반아어 ru:노어 ja:일어 zh:중어 en:영문 ko:국문 ko:한글 nl:화란어",
    "vi": "ko:tieng_han_quoc ko:tieng_trieu_tien zh:tieng_trung_quoc zh:tieng_hoa nl:tieng_ha_lan en:anh_ngu",
    "th": "zh:จีนกลาง",
    "hi": "en:इंग्लिश en:अंगरेजी hi:हिन्दी hi:हिंदी es:स्पैनिश fr:फ्रांसीसी fr:फ्रेंच ur:उर्दू he:इब्रानी zh:मंदारिन"
    " ko:कोरियन ja:जैपनीज ar:अरबी",
    "bn": "en:ইংলিশ hi:হিন্দী es:স্প্যানিশ fr:ফ্রেঞ্চ ja:জাপানিজ fa:ফারসি zh:চাইনিজ zh:চিনা pt:পর্তুগিজ de:জার্মানি",
    "ar": "fa:الفارسيه nl:الهولنديه zh:الماندرين",
    "fa": "en:انگليسي ar:عربي tr:تركي استانبولي fr:فرانسه ja:ژاپني de:آلماني es:اسپانيايي zh:چيني",
    "he": "fa:פרסית",
}  # fmt: skip
_OTHERS = [
    target for target in _TARGETS.split() if target.split("_")[0] not in PHRASES | FURTHER_PHRASES
]  # known by their own names
_BEFORE = {"id": "bahasa ", "ms": "bahasa ", "th": "ภาษา"}  # without it the name is the country's
_COMPOUND_LETTERS = r"[\p{Han}\p{Hangul}\p{Thai}\p{Katakana}]"
_MOST_WORDS = 3
_SHORTEST = 4  # letters of a form that is no word of another language by chance
_SHORT = frozenset({"lao"})
_COUNTRIES = frozenset({"italia"})  # what Catalan's "italià" is without its accent
_WHOLE_NAME = 2  # a name of one character is only a name in compounds such as 英訳


@dataclass(frozen=True, slots=True)
class NameHit:
    """A language's name in a folded text.

    Attributes:
        start: offset of its first character.
        end: offset after its last.
        readings: (language of the name, tag that it names).
        target: whether its form alone says "into this language".
    """

    start: int
    end: int
    readings: tuple[tuple[str, str], ...]
    target: bool


@lru_cache(maxsize=16)
def find_names(folded: str) -> tuple[NameHit, ...]:
    """Names of languages in a folded text, in their order, without overlaps."""
    hits = [*_spaced(folded), *_unspaced(folded)]
    return tuple(sorted(hits, key=lambda hit: hit.start))


def _tag(babel_id: str) -> str:
    return "zh-Hans" if babel_id == "zh_Hans" else BABEL_TAGS.get(babel_id) or babel_id.split("_")[0]


def _names(locale: str) -> Iterator[tuple[str, str]]:
    """(folded name, tag) as the locale writes them."""
    from babel import Locale

    known = Locale.parse(locale).languages
    before = _BEFORE.get(locale, "")
    for babel_id in _TARGETS.split():
        if babel_id in known:
            yield before + fold(known[babel_id]), _tag(babel_id)
    for pair in _MORE.get(locale, "").split():
        if ":" in pair:
            tag, name = pair.split(":", 1)
            yield before + fold(name).replace("_", " "), tag


def names_of_languages(locale: str) -> list[tuple[str, str]]:
    """(folded name, tag) as a locale of CLDR writes them; empty where CLDR has none."""
    from babel import UnknownLocaleError

    try:
        return list(_names(locale))
    except (UnknownLocaleError, ValueError):
        return []


def _endonym(locale: str) -> Iterator[tuple[str, str]]:
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(locale).languages.get(locale)
    except UnknownLocaleError:
        return
    if name:
        yield fold(name), _tag(locale)


_Forms = dict[str, tuple[tuple[tuple[str, str], ...], bool]]


@cache
def _forms() -> _Forms:
    """Form -> readings and whether it is a target, for languages that put spaces between words."""
    modules = (phrases, further_phrases, folding, inflection, relations, sys.modules[__name__])
    babel = find_spec("babel")  # whose version is in its first file
    sources = [Path(module.__file__ or "") for module in modules]
    sources += [Path(babel.origin)] if babel and babel.origin else []
    rows = json.loads(kept("language-names", sources, _made)["rows"].tobytes())
    return {form: (tuple(map(tuple, readings)), target) for form, (readings, target) in rows.items()}


def _made() -> dict[str, NDArray[np.uint8]]:
    """The forms as JSON; uint8 [bytes]."""
    return {"rows": np.frombuffer(json.dumps(_inflected()).encode(), dtype=np.uint8)}


def _inflected() -> _Forms:
    """The forms; reading all of Babel's names takes half a second."""
    readings: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    targets: dict[str, bool] = {}
    for locale in (*PHRASES, *FURTHER_PHRASES, *_OTHERS):
        if locale in LANGUAGES_WITH_NAMES_INSIDE_WORDS:
            continue
        for name, tag in _endonym(locale) if locale in _OTHERS else _names(locale):
            for form, target in forms(locale, name).items():
                if (form.isascii() and len(form) < _SHORTEST and form not in _SHORT) or form in _COUNTRIES:
                    continue
                readings[form][locale, tag] = None
                targets[form] = targets.get(form, True) and target
    return {form: (tuple(pairs), targets[form]) for form, pairs in readings.items()}


@cache
def _first_words() -> frozenset[str]:
    return frozenset(compiled(rf"(?m)^{LETTERS}").findall("\n".join(_forms())))


def _spaced(folded: str) -> Iterator[NameHit]:
    table, firsts = _forms(), _first_words()
    words = [match.span() for match in compiled(LETTERS).finditer(folded)]
    following = 0
    for first, (start, first_end) in enumerate(words):
        if folded[start:first_end] not in firsts or first < following:
            continue
        for last in range(min(first + _MOST_WORDS, len(words)) - 1, first - 1, -1):
            end = words[last][1]
            if end - start <= 40 and (entry := table.get(folded[start:end])):
                yield NameHit(start, end, *entry)
                following = last + 1
                break


@cache
def _compounds() -> "tuple[regex.Pattern[str], dict[str, tuple[tuple[str, str], ...]]]":
    """Expression for names in languages that put no spaces around them, and what they mean."""
    import regex

    readings: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for locale in sorted(LANGUAGES_WITH_NAMES_INSIDE_WORDS):
        for name, tag in _names(locale):
            readings[name][locale, tag] = None
    short = [n for n in readings if len(n) < _WHOLE_NAME]
    long = sorted((n for n in readings if len(n) >= _WHOLE_NAME), key=len, reverse=True)
    pattern = "|".join([*map(regex.escape, long), *(f"(?<!\\p{{Han}}){regex.escape(n)}(?=訳)" for n in short)])
    return regex.compile(pattern), {name: tuple(pairs) for name, pairs in readings.items()}


def _unspaced(folded: str) -> Iterator[NameHit]:
    if compiled(_COMPOUND_LETTERS).search(folded) is None:
        return
    pattern, readings = _compounds()
    for match in pattern.finditer(folded):
        yield NameHit(match.start(), match.end(), readings[match.group()], False)
