"""What languages and scripts have to do with each other: every table of it, and why one is not another.

Being near is not one relation. What a model slips into, what a reader cannot tell apart, what fastText confuses and what
shares a word list are different questions, and each has its own table.
"""

from collections.abc import Mapping

__all__ = [
    "BABEL_TAGS",
    "BENCHMARK_LANGUAGES_WITHOUT_LATIN",
    "CONFUSED_BY_FASTTEXT",
    "INTENT_TAGS",
    "JAPANESE_SYLLABARIES",
    "LABELS_OF_FASTTEXT",
    "LANGUAGES_WITH_NAMES_INSIDE_WORDS",
    "LANGUAGE_OF_SCRIPT",
    "LETTERS_WITHOUT_SPACES",
    "LIKELY_SLIPS",
    "LISTS_BY_SCRIPT",
    "PART_OF_LANGUAGE",
    "SCRIPTS_IN_USE",
    "SCRIPTS_IN_USE_EVERYWHERE",
    "SCRIPTS_OF_CHINESE_AND_JAPANESE",
    "SCRIPTS_WITHOUT_SPACES",
    "SCRIPT_PARTS",
    "SERBO_CROATIAN",
    "TOLD_BY_SCRIPT",
    "UNSPACED_WORD_LISTS",
    "VARIETIES_OF_ONE_LANGUAGE",
    "base_language",
    "chinese_writings",
    "confused_by_fasttext",
    "varieties_of_one_language",
]

# Languages other than English that answers slip into, by the expected one, most of them not the other way round: a Spanish
# answer turns Portuguese, a Danish one Swedish. What may count as the expected language is another question (below).
LIKELY_SLIPS: Mapping[str, tuple[str, ...]] = {
    "es": ("pt",),
    "pt": ("es",),
    "it": ("es",),
    "nl": ("de",),
    "de": ("nl",),
    "cs": ("sk",),
    "sk": ("cs",),
    "da": ("sv",),
    "sv": ("da",),
    "uk": ("ru",),
    "ru": ("uk",),
    "fa": ("ar",),
    "ar": ("fa",),
    "ur": ("fa",),
    "en": ("es", "fr", "de"),
}

# Labels of fastText's small model that stand for one written language, or that it does not tell apart on a line. Wide, for a
# line with either label is not reported as drift: Danish counts as Norwegian, Slovak as Czech.
CONFUSED_BY_FASTTEXT: tuple[frozenset[str], ...] = tuple(
    frozenset(labels.split())
    for labels in (
        "zh wuu yue gan",
        "no nb nn da",
        "id ms jv su min",
        "sr hr bs sh",
        "ar arz",
        "pt gl",
        "es gl ast an",
        "fa mzn pnb",
        "tl ceb war fil",
        "tr az",
        "hi mr ne mai bh sa",
        "uk rue",
        "de nds als bar",
        "nl li af",
        "cs sk",
    )
)

# Varieties, nearly, of one language, which even a reader tells apart by a few words only. Narrow, for the benchmark counts a
# line in one of them as one in the other, and Danish is not Norwegian to it.
VARIETIES_OF_ONE_LANGUAGE: tuple[frozenset[str], ...] = tuple(
    frozenset(codes.split()) for codes in ("id ms", "nb nn no", "hr sr bs sh")
)

# fastText's labels and wordfreq's lists under the tag that stands for them in a decision on the expected language. A decision
# names one language, so this is a function and no group: Egyptian Arabic is asked for as Arabic, Cantonese as Chinese.
INTENT_TAGS: Mapping[str, str] = {
    "no": "nb",
    "sh": "sr-Latn",
    "tl": "fil",
    "wuu": "zh",
    "yue": "zh",
    "arz": "ar",
    "azb": "az",
    "pnb": "pa",
}
# Babel's ids of languages whose BCP-47 tag is not what stands before their first underscore.
BABEL_TAGS: Mapping[str, str] = {"zh_Hans": "zh", "zh_Hant": "zh-Hant", "no": "nb", "tl": "fil"}
# Tags of a decision that share wordfreq's list `sh`.
SERBO_CROATIAN = ("hr", "bs", "sr-Latn")

# Script -> languages whose words are counted to tell the language of a prompt; sh is Serbian, Croatian and Bosnian together,
# sr its words in Cyrillic letters. Of the lists that wordfreq has, those of languages that share their script.
LISTS_BY_SCRIPT: Mapping[str, tuple[str, ...]] = {
    "Latn": (
        "ca", "cs", "da", "de", "en", "es", "fi", "fil", "fr", "hu", "id", "is", "it", "lt", "lv", "ms", "nb", "nl", "pl",
        "pt", "ro", "sh", "sk", "sl", "sv", "tr", "vi",
    ),
    "Cyrl": ("bg", "mk", "ru", "sr", "uk"),
    "Arab": ("ar", "fa", "ur"),
    "Deva": ("hi",),
    "Beng": ("bn",),
}  # fmt: skip
# Languages with a list whose words do not stand between spaces, so that no word of a text can be looked up in it.
UNSPACED_WORD_LISTS = frozenset({"ja", "ko", "zh"})

# Languages of a request that write names of languages together with what follows: no spaces, or Korean's particles.
LANGUAGES_WITH_NAMES_INSIDE_WORDS = frozenset({"ja", "ko", "th", "zh"})

# Scripts that one language in wide use is written in; the others need words to tell.
LANGUAGE_OF_SCRIPT: Mapping[str, str] = {
    "Hang": "ko", "Jpan": "ja", "Thai": "th", "Grek": "el", "Hebr": "he", "Armn": "hy", "Geor": "ka", "Khmr": "km",
    "Laoo": "lo", "Mymr": "my", "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Gujr": "gu", "Guru": "pa",
    "Sinh": "si", "Ethi": "am", "Tibt": "bo", "Orya": "or",
}  # fmt: skip
# Languages that are written in several scripts today, so that a bare tag allows each of them; a script in the tag, or a region
# with a likely one (`az-IR`), allows that one only. Not here: Malay, Javanese or Hausa in Arabic letters, which are asked for.
SCRIPTS_IN_USE: Mapping[str, str] = {
    "sr": "Cyrl Latn",  # both by law or habit, as in Bosnia and Montenegro
    "bs": "Latn Cyrl",
    "sh": "Latn Cyrl",
    "cnr": "Latn Cyrl",
    "uz": "Latn Cyrl",  # a reform in progress, or one that many readers have not followed
    "tk": "Latn Cyrl",
    "kk": "Cyrl Latn Arab",
    "ky": "Cyrl Arab",
    "tt": "Cyrl Latn",
    "crh": "Latn Cyrl",
    "kaa": "Cyrl Latn",
    "az": "Latn Cyrl Arab",  # one script a country
    "ug": "Arab Cyrl Latn",
    "tg": "Cyrl Latn Arab",
    "mn": "Cyrl Mong",
    "ku": "Latn Arab Cyrl",
    "kmr": "Latn Arab Cyrl",
    "pa": "Guru Arab",
    "sd": "Arab Deva",
    "ks": "Arab Deva",
    "ha": "Latn Arab",  # schools of two kinds
    "ff": "Latn Adlm Arab",
    "kok": "Deva Latn",
    "mni": "Beng Mtei",
    "sat": "Olck Deva Beng Latn",
    "zgh": "Tfng Latn",
    "shi": "Tfng Latn",
    "iu": "Cans Latn",
    "lad": "Latn Hebr",
    "nan": "Hani Latn",
}
# Of these, languages that are so in every region.
SCRIPTS_IN_USE_EVERYWHERE = frozenset({"sr", "bs"})
# fastText's labels of languages that it has under another name, or only together with their nearest relative.
LABELS_OF_FASTTEXT: Mapping[str, str] = {
    "cmn": "zh", "hak": "zh", "nan": "zh", "cdo": "zh", "hsn": "zh", "lzh": "zh", "yue": "zh",
    "ary": "ar", "apc": "ar", "acm": "ar", "afb": "ar", "ajp": "ar", "aeb": "ar", "arq": "ar", "ars": "ar", "acw": "ar",
    "apd": "ar", "ayl": "ar", "shu": "ar", "arb": "ar",
    "gsw": "als", "fil": "tl", "kmr": "ku", "cnr": "sr", "prs": "fa", "pes": "fa", "ekk": "et", "lvs": "lv", "azj": "az",
    "uzn": "uz", "khk": "mn", "zsm": "ms", "swh": "sw", "npi": "ne", "ory": "or", "plt": "mg", "quz": "qu", "ydd": "yi",
}  # fmt: skip
# Languages of the benchmark that most letters of a line tell, whatever fastText says.
TOLD_BY_SCRIPT = frozenset({"zh", "ja", "ko"})
# Languages in which the benchmark looks for English words; the rest of its languages are in Latin letters.
BENCHMARK_LANGUAGES_WITHOUT_LATIN = frozenset({"ar", "hi", "ja", "ko", "ru", "zh"})

# ISO 15924 has codes for mixed writing systems; Unicode's Script property only for their parts.
SCRIPT_PARTS: Mapping[str, frozenset[str]] = {
    "Jpan": frozenset({"Hani", "Hira", "Kana"}),
    "Kore": frozenset({"Hang"}),
    "Hans": frozenset({"Hani", "Bopo"}),
    "Hant": frozenset({"Hani", "Bopo"}),
    "Hanb": frozenset({"Hani", "Bopo"}),
    "Aran": frozenset({"Arab"}),
    "Cyrs": frozenset({"Cyrl"}),
    "Latf": frozenset({"Latn"}),
    "Latg": frozenset({"Latn"}),
}
# Writings of Chinese, by the language and its region; both where nothing tells. Parts of a script are those of `repertoires`.
_CHINESE = frozenset(["zh", "cmn", "yue", "wuu", "nan", "hak", "gan", "hsn", "cdo", "cjy", "cnp", "csp"])
_WRITING_OF_REGION: Mapping[str, str] = {
    "CN": "Hans",
    "SG": "Hans",
    "MY": "Hans",
    "TW": "Hant",
    "HK": "Hant",
    "MO": "Hant",
}
# Languages in a script that has parts, and the part that holds their letters; all others use the whole of it. Japanese writes
# its Han characters as `Jpan`.
PART_OF_LANGUAGE: Mapping[str, str] = {
    "ja": "Jpan",
    "ru": "Cyrl-ru",
    "uk": "Cyrl-uk",
    "be": "Cyrl-be",
    "bg": "Cyrl-bg",
    "sr": "Cyrl-sr",
    "mk": "Cyrl-mk",
    "ar": "Arab-ar",
    "arb": "Arab-ar",
    "fa": "Arab-fa",
    "prs": "Arab-fa",
}
# Scripts that one foreign word may mix: a drift into Japanese is not cut between its Han characters and its kana.
SCRIPTS_OF_CHINESE_AND_JAPANESE = SCRIPT_PARTS["Jpan"]
# What only Japanese is written in; with it, Han characters are Japanese too.
JAPANESE_SYLLABARIES = ("Hira", "Kana")
# Scripts without spaces between words, where letters are counted instead.
SCRIPTS_WITHOUT_SPACES = frozenset({"Hani", "Hira", "Kana", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
# The same of a line, as properties of a regular expression. Tibetan is not among them, for a mark parts its syllables, and a
# line of it is counted by those.
LETTERS_WITHOUT_SPACES = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"


def base_language(tag: str) -> str:
    """The language of a canonical BCP-47 tag, without script and region: `zh` of `zh-Hant`."""
    return tag.split("-")[0]


def chinese_writings(code: str, script: str | None, region: str | None) -> frozenset[str]:
    """Which of `Hans` and `Hant` a Chinese language (ISO 639) is written in; none for any other language."""
    if code not in _CHINESE:
        return frozenset()
    writing = script if script in ("Hans", "Hant") else _WRITING_OF_REGION.get(region or "")
    return frozenset({writing} if writing else {"Hans", "Hant"})


def confused_by_fasttext(code: str) -> frozenset[str]:
    """fastText's labels that speak for a language (ISO 639), its own among them."""
    code = LABELS_OF_FASTTEXT.get(code, code)
    return frozenset({code}).union(*(group for group in CONFUSED_BY_FASTTEXT if code in group))


def varieties_of_one_language(code: str, other: str) -> bool:
    """Whether two languages (ISO 639) are varieties, nearly, of one."""
    return any({code, other} <= group for group in VARIETIES_OF_ONE_LANGUAGE)
