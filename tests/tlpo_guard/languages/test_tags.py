"""What scripts and letters the tag of a language stands for."""

import pytest

from tlpo_guard.languages.relations import confused_by_fasttext
from tlpo_guard.languages.tags import language


@pytest.mark.parametrize(
    ("tag", "scripts"),
    [
        ("sr", "Cyrl Latn"),
        ("und-Cyrl", "Cyrl"),
        ("und-Hani", "Hani"),
        ("sr-ME", "Cyrl Latn"),
        ("sr-Latn", "Latn"),
        ("sr-Cyrl", "Cyrl"),
        ("bs", "Cyrl Latn"),
        ("uz", "Cyrl Latn"),
        ("uz-AF", "Arab"),
        ("az", "Arab Cyrl Latn"),
        ("az-IR", "Arab"),
        ("kk", "Arab Cyrl Latn"),
        ("kk-Arab", "Arab"),
        ("ms", "Latn"),
        ("ms-Arab", "Arab"),
        ("pa", "Arab Guru"),
        ("pa-PK", "Arab"),
        ("mn", "Cyrl Mong"),
        ("ku", "Arab Cyrl Latn"),
        ("hr", "Latn"),
        ("ru", "Cyrl"),
        ("ja", "Hani Hira Kana"),
        ("ko", "Hang"),
        ("zh", "Bopo Hani"),
        ("zh-TW", "Bopo Hani"),
    ],
)
def test_scripts_in_use(tag: str, scripts: str) -> None:
    assert language(tag).scripts == set(scripts.split())


@pytest.mark.parametrize(
    ("tag", "letters"),
    [
        ("ja", "Hira Jpan Kana"),
        ("zh", "Bopo Hans Hant"),
        ("zh-Hans", "Bopo Hans"),
        ("zh-CN", "Bopo Hans"),
        ("zh-Hant", "Bopo Hant"),
        ("zh-HK", "Bopo Hant"),
        ("zh-Hans-HK", "Bopo Hans"),
        ("yue", "Bopo Hans Hant"),
        ("ko-Hani", "Hani"),
        ("ru", "Cyrl-ru"),
        ("sr", "Cyrl-sr Latn"),
        ("kk-Cyrl", "Cyrl"),
        ("ar-EG", "Arab-ar"),
        ("arz", "Arab"),
    ],
)
def test_letters_are_scripts_or_parts_of_them(tag: str, letters: str) -> None:
    assert language(tag).letters == set(letters.split())


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("ary", "ar"),
        ("arz", "ar"),
        ("gsw", "als"),
        ("gsw", "de"),
        ("cmn", "zh"),
        ("nn", "no"),
        ("fil", "tl"),
        ("hak", "yue"),
    ],
)
def test_fasttext_s_labels_of_languages_that_it_knows_by_another_name(code: str, label: str) -> None:
    assert label in confused_by_fasttext(code)
