"""The TLPO paper's pass rates, by the definition in the package's documentation."""

import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.paper import WordCounts, count_words, paper_rates


@pytest.mark.parametrize(
    ("tag", "answer", "counts"),
    [
        ("ko", "오늘은 날씨가 좋아요.", WordCounts(own=3)),
        ("ko", "오늘은 天氣가 좋아요.", WordCounts(own=2, foreign=1)),
        ("ko", "오늘은 weather가 정말 nice 해요.", WordCounts(own=3, own_with_english=1, english=1)),
        ("ko", "Seoul은 NATO 회원이 아니에요, d'Arc", WordCounts(own=3)),  # names
        ("ko", "Café는 café 에서", WordCounts(own=1, foreign=2)),  # é is no ASCII letter
        ("ko", "속도는 5 km/h, 무게는 3kg 이고 sin(x)", WordCounts(own=3)),
        ("ko", "값은 \\frac{1}{2} 와 α, β, ℃, x² 이다", WordCounts(own=3)),
        ("ko", "메일은 me@example.org, 주소는 https://example.org/path 입니다", WordCounts(own=3)),
        ("ko", "발음은 [ɡɛt] 입니다", WordCounts(own=2)),
        ("ko", "12, 34 😀 — !", WordCounts()),
        ("ko", "", WordCounts()),
        ("ar", "الطقس جميل اليوم очень", WordCounts(own=3, foreign=1)),
        ("ru", "Сегодня good погода 今天", WordCounts(own=2, english=1, foreign=1)),
        ("el", "Ο καιρός είναι καλός", WordCounts(own=4)),
        ("zh", "ǒ ǜ Ā", WordCounts()),  # pinyin with its tones
        ("ko", "ǒ", WordCounts(foreign=1)),
    ],
)
def test_words_by_what_they_hold(tag: str, answer: str, counts: WordCounts) -> None:
    assert count_words(answer, tag) == counts


def test_chinese_and_japanese_are_cut_into_words() -> None:
    pytest.importorskip("jieba")
    pytest.importorskip("fugashi")
    chinese = count_words("今天的天气very好，我们去привет公园。", "zh")
    assert chinese.english == 1 and chinese.foreign > 0  # jieba cuts Russian words into letters
    assert chinese.own >= 5
    japanese = count_words("今日は天気がとてもnice です。한국", "ja")
    assert (japanese.english, japanese.foreign) == (1, 1)
    assert japanese.own >= 5


def test_rates_with_english_neutral_and_counted() -> None:
    answers = [
        ("ko", "오늘은 날씨가 좋아요"),  # 3 pass
        ("ko", "오늘은 good 날씨 입니다"),  # 3 pass, one English
        ("ko", "날씨 天氣"),  # 1 passes, 1 fails
        ("ko", "123"),  # nothing to rate
        ("ko", "only english words"),  # rated only where English counts
        ("ru", "Сегодня хорошая погода"),
    ]
    found = paper_rates(answers)
    korean = found["ko"]
    assert korean.answers == 5
    assert (korean.rpr_neutral, korean.wpr_neutral) == (pytest.approx(200 / 3), pytest.approx(100 * 7 / 8))
    assert (korean.rpr_counted, korean.wpr_counted) == (pytest.approx(25.0), pytest.approx(100 * 7 / 12))
    assert found["ru"].rpr_counted == 100.0
    assert found[""].answers == 6
    assert found[""].wpr_neutral == pytest.approx((100 * 7 / 8 + 100) / 2)


def test_nothing_to_rate_is_no_rate() -> None:
    assert paper_rates([]) == {}
    assert paper_rates([("ko", "1234")])[""].rpr_neutral is None


@pytest.mark.parametrize("tag", ["de", "vi", "sr-Latn"])
def test_languages_in_latin_letters_are_refused_by_name(tag: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"'{tag}' is written in Latin letters.*--metrics lcb"):
        count_words("Guten Tag", tag)
