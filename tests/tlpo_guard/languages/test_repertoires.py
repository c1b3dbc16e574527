"""Which letters of its script a writing lacks, and what that makes foreign."""

import random

import pytest

from tlpo_guard.languages.repertoires import PARTS, missing_letters
from tlpo_guard.languages.scripts import class_scripts, foreign_classes, letter_classes, script_of
from tlpo_guard.languages.tags import language


def foreign(text: str, tag: str, *further: str) -> str:
    """The characters of a text that a language does not write."""
    flags = foreign_classes(language(tag).letters | frozenset(further))
    return "".join(char for char in text if flags[letter_classes()[ord(char)]])


def encodes(char: str, codec: str) -> bool:
    return char.encode(codec, errors="ignore") != b""


@pytest.mark.parametrize(
    ("tag", "own", "other"),
    [
        ("ja", "複雑な台風が臨時に台湾へ来た。髙﨑さんは畑で働く。々〆仝国会学", "杂风临这说们"),
        ("zh-Hant", "複雜的颱風臨近臺灣台灣，裏面裡面着急，溫度温度，嘅咁哋冇", "杂风临这说们国会学働込畑歩"),
        ("zh-Hans", "复杂的台风临近台湾，里面着急，皇后公里，囍喆玥昇瞭望", "雜颱臨灣說們國學働込畑歩亜唖"),
        ("zh", "复杂複雜台风颱風", "働込畑歩あ"),
        ("zh-TW", "複雜", "杂"),
        ("zh-HK", "佢哋話咁樣唔得，裏面着咗件衫", "杂"),
        ("zh-CN", "复杂", "雜"),
        ("ja", "複雑な仕組み、毎日、歩く、渉る", "复杂种岭"),
        ("yue", "复杂複雜", "込"),
        ("lzh", "學而時习之込", "あ"),
        ("ru", "съешь же ещё этих мягких французских булок ѣ ѳ", "іїєґўјљњћђџѓќѕәғқІЇ"),
        ("uk", "Жебракують філософи при ґанку церкви в Гадячі, ще й шатро їхнє п’яне", "ыэъёўјљЫЭ"),
        ("be", "Ўсё ў парадку, дзякуй вялікі", "ищъїє"),
        ("bg", "Хълмът ще ѝ хареса", "ыэёіїє"),
        ("sr", "Љубав и ћевапи, џеп", "йщъыьэюяёії"),
        ("kk", "Қазақстан әлемі, съезд", "λא"),
        ("ar", "الفيديو ڤيديو ڭ ٢٣", "پچژگکیٹںے"),
        ("fa", "گفتگو پیچیده ژاله كيك ة", "ٹڈڑںے"),
        ("ur", "گفتگو ٹھیک ہے", "Ж"),
        ("ary", "گاع پارك", "Ж"),
    ],
)
def test_what_a_language_writes(tag: str, own: str, other: str) -> None:
    assert foreign(own, tag) == ""
    assert foreign(other, tag) == other


@pytest.mark.parametrize("script", PARTS)
def test_the_whole_script_holds_all_its_parts(script: str) -> None:
    letters = "".join("".join(missing_letters()[part]) for part in PARTS[script])
    assert foreign(letters, "en", script) == ""
    assert {script_of(char) for char in letters} == {script}


def test_a_korean_answer_with_hanja_holds_them_all() -> None:
    assert foreign("漢字汉字働込", "ko", "Hani") == ""


def test_simplified_only_is_what_gb_2312_has_and_neither_big5_nor_jis_x_0208() -> None:
    han = map(chr, range(0x4E00, 0xA000))
    simplified = [c for c in han if encodes(c, "gb2312") and not encodes(c, "big5") and not encodes(c, "shift_jis")]
    assert len(simplified) > 2000
    for tag in ("ja", "zh-Hant"):
        assert foreign("".join(simplified), tag) == "".join(simplified)
    assert foreign("".join(simplified), "zh-Hans") == ""


def test_what_a_writing_s_standard_has_is_its_own() -> None:
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    for tag, codec in (("zh-Hans", "gb2312"), ("zh-Hant", "big5"), ("ja", "shift_jis")):
        own = "".join(c for c in han if encodes(c, codec))
        assert foreign(own, tag) == "", (tag, codec)


def test_characters_of_no_standard_belong_to_every_writing() -> None:
    rare = [chr(p) for p in random.Random(1).sample(range(0x20000, 0x2A6D7), 200)]
    for tag in ("ja", "zh-Hans", "zh-Hant"):
        assert foreign("".join(rare), tag) == ""


def test_classes_fit_a_byte() -> None:
    assert len(class_scripts()) <= 256
