import pytest

from benchmarks.quality.judges import COUNTED, JUDGES, judge_all
from benchmarks.quality.judges.letters import by_authors, by_unicode
from benchmarks.quality.rows import Answer

KOREAN = "건강한 식습관은 하루 세 번 규칙적으로 먹고 채소를 많이 드시는 것입니다. 물도 자주 마시는 것이 좋습니다."
ENGLISH = "A healthy diet means that you eat three times a day, with many vegetables, and drink water often."
GERMAN = "Gesunde Ernährung heißt, dass man dreimal am Tag isst, viel Gemüse dabei hat und oft Wasser trinkt."


def verdicts(language, text, prompt="?"):
    return judge_all([Answer("x", language, prompt, ())], [text])[0]


@pytest.mark.parametrize(("language", "text"), [("ko", KOREAN), ("de", GERMAN), ("en", ENGLISH)])
def test_an_answer_in_its_language_passes_every_judge(language, text):
    found = verdicts(language, text)
    assert not any(found.values())
    assert list(found) == list(JUDGES) if language == "ko" else len(found) == 4


def test_an_english_answer_fails_all_judges_that_count_english():
    found = verdicts("ko", ENGLISH)
    assert all(found[judge] for judge in COUNTED)
    assert not found["authors, English neutral"] and not found["Unicode, English neutral"]


def test_chinese_in_a_korean_answer_is_confusion_whatever_english_is():
    found = verdicts("ko", KOREAN.replace("채소", "蔬菜"))
    assert found["ours, strict"] and found["ours, English neutral"]
    assert found["authors, English neutral"] and found["Unicode, English neutral"]
    assert not found["fastText"]  # of the whole answer


def test_letters_do_not_rate_german_but_the_others_do():
    found = verdicts("de", ENGLISH)
    assert found["ours, strict"] and found["fastText"] and found["LCB lines"]
    assert not {"Unicode", "authors"} & set(found)


def test_the_authors_rule_spares_names_and_finds_words_in_two_scripts():
    assert not by_authors("서울은 Google 본사가 있는 곳입니다.", "ko", english=True)
    assert by_unicode("서울은 Google 본사가 있는 곳입니다.", "ko", english=True)
    assert by_authors("서울은 really 좋은 곳입니다.", "ko", english=True)
    assert not by_authors("서울은 really 좋은 곳입니다.", "ko", english=False)
    assert by_authors("미래를形성할 것입니다.", "ko", english=False)


def test_an_empty_answer_is_not_confused():
    assert not any(verdicts("ko", "").values())
