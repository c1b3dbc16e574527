"""Names of scripts in a message: "in Cyrillic letters", "한자로", "иероглифами". The names are CLDR's, by way of Babel, and a few
in everyday use.

Good enough to admit a script, never to expect a language.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold, foldable
from tlpo_guard.intent.language_names import names_of_languages
from tlpo_guard.intent.negations import denied_behind
from tlpo_guard.intent.wording import wordings
from tlpo_guard.languages.relations import LANGUAGES_WITH_NAMES_INSIDE_WORDS, base_language
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["named_scripts"]

# Scripts whose names are not those of a language.
_SCRIPTS = ("Cyrl", "Hani", "Hang", "Hira", "Kana", "Bopo", "Deva", "Guru", "Ethi", "Tibt")
# Further names, as expressions over folded text; those of English are used in all languages.
_MORE: dict[str, dict[str, str]] = {
    "en": {
        "Hani": r"kanjis?\b|hanjas?\b|hanzi\b|han (?:characters?|script)\b",
        "Hira": r"kana\b|furigana\b",
        "Kana": r"kana\b|furigana\b",
        "Hang": r"hangeul|hangul",
        "Deva": r"(?:deva)?nagari\b",
        "Bopo": r"zhuyin|bopomofo",
        "Ethi": r"ge'?ez\b",
    },
    "pl": {"Cyrl": r"cyrylick"},
    "cs": {"Cyrl": r"azbuk|cyrilsk"},
    "sk": {"Cyrl": r"azbuk|cyrilsk"},
    "fi": {"Cyrl": r"kyrilli"},
    "et": {"Cyrl": r"kirilli"},
    "ro": {"Cyrl": r"chirilic"},
    "lt": {"Cyrl": r"kirilic"},
    "ru": {"Cyrl": r"кириллическ", "Hani": r"иероглиф|кандзи|ханча|ханьцзы"},
    "uk": {"Cyrl": r"кириличн", "Hani": r"ієрогліф|кандзі|канджі|ханча"},
    "bg": {"Cyrl": r"кирилск", "Hani": r"йероглиф|канджи"},
    "sr": {"Cyrl": r"ћирилич|cirilic", "Hani": r"канџи"},
    "el": {"Hani": r"κανζι|καντζι"},
    "vi": {"Cyrl": r"(?:chu )?kirin\b|chu cai nga\b", "Hani": r"chu han\b|chu nom\b|han tu\b"},
    "ar": {"Cyrl": r"سيريل|كيريل", "Hani": r"كانجي", "Deva": r"ديفاناغاري", "Hang": r"هانغول|هانجول"},
    "fa": {"Cyrl": r"سيريل", "Hani": r"كانجي", "Deva": r"دواناگري|دوناگري"},
    "he": {"Cyrl": r"קיריל", "Hani": r"קאנג'?י", "Hang": r"הנגול|האנגול", "Deva": r"דוואנ?אגרי"},
    "hi": {"Cyrl": r"सिरिलिक|सीरिलिक", "Hani": r"कांजी|कान्जी", "Hang": r"हंगुल|हांगुल"},
    "th": {"Cyrl": r"ซีริลลิก|ซิริลลิก", "Hani": r"คันจิ|อักษรจีน|ฮันจา", "Hang": r"ฮันกึล|ฮันกุล|อังกูล"},
    "ja": {
        "Hani": r"漢字|簡体字|繁体字",
        "Cyrl": r"キリル",
        "Hang": r"ハングル",
        "Deva": r"デ[ーィ]?[ヴバ]ァ?ー?ナー?ガリー?|サンスクリット|梵語",
        "Kana": r"カタカナ|かたかな",
        "Hira": r"ひらがな|平仮名|ヒラガナ",
    },
    "ko": {
        "Cyrl": r"키릴",
        "Hani": r"한자(?!리|[가-힣]*씩)|한문(?!화)|간체|번체",
        "Deva": r"데바나가리|산스크리트|범어",
        "Kana": r"[가카]타카나",
    },
    "zh": {
        "Cyrl": r"西里[尔爾]|基里[尔爾]",
        "Hang": r"[谚諺]文|韩文字母|韓文字母|训民正音",
        "Deva": r"天城[体體文]|梵[文语語]",
        "Hira": r"平假名|假名",
        "Kana": r"片假名|假名",
        "Bopo": r"注音",
    },
}
_GENERIC = r"文字$| 문자$|^chu | (?:pismo|писмо|жазуы)$"  # words for "script" around a name
_SHORTEST = 5  # letters of a name whose beginning is looked for; in Han and Hangul all names are long enough
_SHORT_NAMES = frozenset({"ja", "ko", "zh"})
_LAST_VOWEL = r"[aeiouаеиоуыяίαεηιου]$"  # that other cases of a name lack
_LETTERS_JOIN = frozenset({"ar", "fa", "he", "ur"})  # articles and prepositions are written together with a name
_CLAUSE = r"[.!?;:。！？\n]"
_NEAR = 40  # characters of a clause around a name in which it is denied
_CACHED_LOCALES = 32


@lru_cache(maxsize=64)
def named_scripts(text: str, own: str | None) -> tuple[tuple[str, str], ...]:
    """(tag, words) of each script that a text names and does not refuse; the tag is that of any language in it, `und-Cyrl`.

    Args:
        text: own words of a message.
        own: BCP-47 tag of their language; names in English are read in all of them.
    """
    written = foldable(text)
    folded = fold(written)
    found: dict[str, str] = {}
    for locale in dict.fromkeys((base_language(own) if own else "en", "en")):
        for script, pattern in _patterns(locale):
            for match in pattern.finditer(folded):
                if not _denied(locale, folded, match.start(), match.end()):
                    found.setdefault(f"und-{script}", written[max(match.start() - 30, 0) : match.end() + 30].strip())
    return tuple(found.items())


def _denied(locale: str, folded: str, start: int, end: int) -> bool:
    """Whether a name is refused: "without kanji", "한자를 쓰지 마세요"."""
    before = compiled(_CLAUSE).split(folded[max(start - _NEAR, 0) : start])[-1]
    after = compiled(_CLAUSE).split(folded[end : end + _NEAR])[0]
    row = wordings().get(locale)
    return (row is not None and row.no.search(before) is not None) or denied_behind(locale, after)


@lru_cache(maxsize=_CACHED_LOCALES)
def _patterns(locale: str) -> tuple[tuple[str, "regex.Pattern[str]"], ...]:
    import regex

    keep = locale in _SHORT_NAMES
    rows = [(script, regex.escape(name if keep else _stem(name))) for script, name in _names(locale)]
    rows += [(script, expression) for script, expression in _MORE.get(locale, {}).items()]
    inside = locale in LANGUAGES_WITH_NAMES_INSIDE_WORDS - {"ko"} or locale in _LETTERS_JOIN
    boundary = "" if inside else r"(?<!\w)"
    return tuple((script, regex.compile(rf"{boundary}(?:{fold(expression)})")) for script, expression in rows)


def _names(locale: str) -> Iterator[tuple[str, str]]:
    """(script, folded name) as a locale of CLDR writes them, with Sanskrit for its own, without those of other languages."""
    from babel import Locale, UnknownLocaleError

    try:
        data = Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        return
    further = _MORE.get(locale, {}) if locale in _SHORT_NAMES else {}
    languages = [name for name, _ in names_of_languages(locale)]
    for script, named in [
        *((one, data.scripts.get(one, "")) for one in _SCRIPTS),
        ("Deva", data.languages.get("sa", "")),
    ]:
        name = compiled(_GENERIC).sub("", fold(named))
        if script in further or not name or (len(name) < _SHORTEST and locale not in _SHORT_NAMES):
            continue
        if not any(language.startswith(_stem(name)) for language in languages):
            yield script, name


def _stem(name: str) -> str:
    return name if len(name) <= _SHORTEST else compiled(_LAST_VOWEL).sub("", name)
