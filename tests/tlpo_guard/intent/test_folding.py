import unicodedata

from tlpo_guard.intent.folding import fold, foldable, without_points

_MARK = "\u00e9"  # with it a text takes the way of those that are not ASCII


def test_ascii_is_folded_as_beside_other_letters() -> None:
    ascii_characters = "".join(map(chr, range(128)))

    assert fold(ascii_characters) == fold(ascii_characters + _MARK)[:-1]
    assert foldable(ascii_characters) == foldable(ascii_characters + _MARK)[:-1]
    assert without_points(ascii_characters) == without_points(ascii_characters + _MARK)[:-1]


def test_folding_takes_accents_off_and_keeps_the_length_of_foldable_text() -> None:
    text = unicodedata.normalize("NFD", "Español, Türkçe, `naïve` עִבְרִית")

    assert fold(text) == "espanol, turkce, 'naive' עברית"
    assert len(fold(text)) == len(foldable(text))
