"""Which letters of its script a writing lacks: simplified characters in Japanese, і in Russian, پ in Arabic.

A part of a script is named by its ISO 15924 code (`Hans`, `Hant`, `Jpan`: the Han characters of one writing) or by a script and
a language (`Cyrl-ru`). A letter is missing from a part only where that is certain; what is rare, historic or in doubt is common
to all of them.

Han characters go by the standards that come with Python's codecs. GB 2312 is what Simplified Chinese needs, Big5 what
Traditional Chinese does (its first level the everyday characters), JIS X 0208 what Japanese does, JIS X 0213 and code page 932
also its names. GBK, Big5-HKSCS and JIS X 0213 take in forms of the other writings, so that none of them tells what a writing
uses, only JIS X 0213 what Japanese surely does not.
"""

from collections.abc import Iterable, Mapping
from functools import cache

__all__ = ["GREEK_SYMBOLS", "LONE_SYMBOLS", "PARTS", "missing_letters", "parts_of"]

# Script -> its parts, in a fixed order.
PARTS: Mapping[str, tuple[str, ...]] = {
    "Hani": ("Hans", "Hant", "Jpan"),
    "Cyrl": ("Cyrl-ru", "Cyrl-uk", "Cyrl-be", "Cyrl-bg", "Cyrl-sr", "Cyrl-mk"),
    "Arab": ("Arab-ar", "Arab-fa"),
}

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_ALPHABETS: Mapping[str, str] = {
    "Cyrl-ru": _RUSSIAN,
    "Cyrl-uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "Cyrl-be": "абвгґдеёжзійклмнопрстуўфхцчшыьэюя",
    "Cyrl-bg": "абвгдежзийѝклмнопрстуфхцчшщъьюя",
    "Cyrl-sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "Cyrl-mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ",
}
# Letters of today's alphabets beside those above: Central Asia, the Caucasus, Siberia. Historic ones (ѣ ѳ ѵ) are in none of
# them, for a text of any of these languages may quote its own past.
_FURTHER_CYRILLIC = range(0x48A, 0x530)
# Persian and Urdu, and Urdu alone. Letters of Arabic dialects (ڤ ڭ ڨ) are in neither list.
_PERSIAN = "پچژگکی"
_URDU = "ٹڈڑںھہے"

# Forms that Big5 lacks and Hong Kong's standard or many writers of Traditional Chinese use all the same, and radicals.
_ALSO_TRADITIONAL = frozenset(
    "丶丿亠冂冖冫勹匚厶夂宀巛幺广廴彡攴攵疒"
    "着温税脱説鋭閲裏卧啓悦愠敍枱鈎兑為爲衆衞羣峯麪牀粧鰛"
    "内册决况凉凛却厦厨厩叙咏恒晋泪潜猪猫烟盖禀耻脚葱踪迹"
)
# Everyday characters of Big5 that GB 2312 lacks and Simplified Chinese uses all the same: in names, restored by later standards,
# or without a simplified form of their own.
_ALSO_SIMPLIFIED = frozenset(
    "囉儸瞭祇衹剋牴躂鎔頫暘銲伋伕佺倣偯傚僮劻勗吋呎啣嘐堉奭妳姅姪嬝巉徬惇慇揹搆敔昤昇晅晞暍暱杓栘棻榣槃毚汍沘泜洸浬涊"
    "湣湩湲潟澴濬煒炤煆煖燄牠玆玥玨珪珮琍琯瑯璘璟瓖痲瘉睪瞇瞋矽硿祐穋篛糢縿耑芣覜觼踡踫迆迺遝郃鄗鄘釆霤鯈鸏"
)

# Greek letters that formulas, units and names of things are written with, one at a time: no accents, no final sigma.
GREEK_SYMBOLS = frozenset("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψωϑϒϕϖϰϱϴϵ")
# Letters of other scripts that stand for themselves in mathematics (אШ), as signs (ॐ卍) or are drawn with, as in ಠ_ಠ and
# ¯\\_(ツ)_/¯.
LONE_SYMBOLS = frozenset("ॐૐௐༀ卍卐אШツッシノヽヾヘミﾉﾐﾍДಠಥლღงᕙᕗᕦᕤਊ益皿彡ʕʔʖᴥᴗᵕ")

# Everyday simplified characters that JIS X 0213 has as rare ones, where Japanese writes 麼 復 複 嶺 種.
_NOT_JAPANESE = frozenset("么复岭种")

_TRAILS_OF_GB = bytes(range(0xA1, 0xFF))
_TRAILS_OF_BIG5 = bytes(range(0x40, 0x7F)) + _TRAILS_OF_GB
_TRAILS_OF_SHIFT_JIS = bytes(range(0x40, 0x7F)) + bytes(range(0x80, 0xFD))


def parts_of(script: str) -> frozenset[str]:
    """The parts of a script; none for a script that is not parted."""
    return frozenset(PARTS.get(script, ()))


@cache
def missing_letters() -> Mapping[str, frozenset[str]]:
    """The letters that each part of a script surely lacks, capitals among them."""
    return {
        **_missing_han(),
        **_missing_cyrillic(),
        "Arab-ar": frozenset(_PERSIAN + _URDU),
        "Arab-fa": frozenset(_URDU),
    }


def _missing_han() -> Mapping[str, frozenset[str]]:
    simplified = _characters("gb2312", range(0xB0, 0xF8), _TRAILS_OF_GB)
    everyday = _characters("big5", range(0xA4, 0xC7), _TRAILS_OF_BIG5)
    traditional = everyday | _characters("big5", (0xA2, *range(0xC9, 0xFA)), _TRAILS_OF_BIG5)
    japanese = _characters("shift_jis", (0x81, *range(0x88, 0xA0), *range(0xE0, 0xEB)), _TRAILS_OF_SHIFT_JIS)
    names = _characters("shift_jisx0213", (*range(0x87, 0x9A), *range(0xEA, 0xFD)), _TRAILS_OF_SHIFT_JIS)
    names |= _characters("cp932", range(0xFA, 0xFD), _TRAILS_OF_SHIFT_JIS)
    simplified_only = simplified - japanese - traditional
    return {
        "Hans": (everyday | (japanese - traditional)) - simplified - _ALSO_SIMPLIFIED,
        "Hant": simplified_only | ((simplified | japanese) - traditional - _ALSO_TRADITIONAL),
        "Jpan": simplified_only | _NOT_JAPANESE | ((simplified | everyday) - japanese - names),
    }


def _characters(codec: str, leads: Iterable[int], trails: bytes) -> frozenset[str]:
    """The Han characters of a codec of two bytes, of its rows that begin with some bytes."""
    cells = b"".join(
        bytes((lead, trail, 0x0A)) for lead in leads for trail in trails
    )  # a cell that is empty ends at the line
    return frozenset(char for char in cells.decode(codec, errors="ignore") if "\u3400" <= char <= "\u9fff")


def _missing_cyrillic() -> Mapping[str, frozenset[str]]:
    known = frozenset("".join(_ALPHABETS.values())) | frozenset(map(chr, _FURTHER_CYRILLIC))
    missing = {part: known - frozenset(alphabet) for part, alphabet in _ALPHABETS.items()}
    return {part: frozenset("".join(letters) + "".join(letters).upper()) for part, letters in missing.items()}
