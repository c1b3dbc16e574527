"""Foreign letters that an answer may have all the same, token by token, however its characters are cut."""

import pytest

from tlpo_guard.brought import Brought
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.vocabulary.index import VocabularyIndex

GUARD = Guard(DriftDetector(VocabularyIndex.from_bytes([bytes([byte]) for byte in range(256)])))


def kept_out(answer: str, conversation: str = "", languages: tuple[str, ...] = ("en",), mode: Mode = Mode.MASK) -> str:
    """The characters that are kept out of an answer, byte by byte."""
    policy = GuardPolicy(mode=mode, languages=languages)
    state = GUARD.open(policy, brought=Brought.of([conversation]))
    characters = ""
    for char in answer:
        blocked = False
        for byte in char.encode():
            blocked |= GUARD.drifts(state, byte)
            GUARD.advance(state, byte)
        characters += char if blocked else ""
    return characters


DOCUMENT = "Notes of 3 May: 画家齐白石生于湘潭。按照合同的规定，展品不得拍照。Куратор Нина Ананьева приехала из Самары."


@pytest.mark.parametrize(
    "answer, conversation",
    [
        ("The painter 齐白石 was born in 湘潭.", DOCUMENT),
        ("The curator, Нина Ананьева, came from Самары", DOCUMENT),
        ("It says “按照合同的规定，展品不得拍照”.", DOCUMENT),
        ("加油 means something like “go on”.", "Explain 加油 to me, please."),
        ("1. 김철수\n2. 이영희", "Extract the names: 김철수 met 이영희 at the station."),
        ("Kyoto (京都) was the capital.", ""),
        ("She comes from Kharkiv (Ukrainian: Харків), in the east.", ""),
        ("The **matsuri** (祭り) are loud.", ""),
        ("The capital is Tbilisi (თბილისი).", ""),
        ("El cuadro, Ночная дорога, es suyo.", "Картина «Ночная дорога» висит у входа. Ночная дорога нравится всем."),
        ("The Nile (Arabic النيل) is long.", ""),
        ("No idea. ¯\\_(ツ)_/¯", ""),
        ("Nothing (´・ω・`) here (ノಠ益ಠ)ノ彡┻━┻ or there (゜Д゜)", "What is up?"),
        ("```python\n# 检查用户\ndef check(u):\n    return u\n```\nDone.", ""),
        ("Call `名前.get()` first.", ""),
        ("See https://ko.wikipedia.org/wiki/한국 for more.", ""),
        ("The area is $S_{\\text{площадь}}$ here.", ""),
    ],
)
def test_copies_glosses_and_code_may_stand(answer: str, conversation: str) -> None:
    assert kept_out(answer, conversation) == ""


@pytest.mark.parametrize(
    "answer, conversation, drift",
    [
        ("The painter 出生于 a village.", DOCUMENT, "出生于"),
        ("He 按照合同的规定 did it.", DOCUMENT, "按照合同的规定"),
        ("The painter 齐白石的作品 sold well.", DOCUMENT, "的作品"),
        ("It is из region.", "", "из"),
        ("costs $5, 但是 fine", "", "但是"),
        ("```\nThe quick 但是 brown fox\n```", "", "但是"),
        ("```python\nx = 1\n```\nand 但是 so on", "", "但是"),
        ("Kyoto (京都は日本の古い都で、千年以上のあいだ天皇が住んでいた場所です) was", "", "皇が住んでいた場所です"),
    ],
)
def test_slips_may_not(answer: str, conversation: str, drift: str) -> None:
    out = kept_out(answer, conversation)
    assert out.startswith(drift[:2]) or out == drift


def test_a_word_of_two_scripts_is_a_slip_wherever_its_letters_stand() -> None:
    assert kept_out("미래를形성할", "그는 形 을 썼다.", languages=("ko",)) == "形"
    assert kept_out("形 자를 썼다", "그는 形 을 썼다.", languages=("ko",)) == ""


def test_a_text_in_another_writing_of_the_language_is_no_licence_for_its_characters() -> None:
    conversation = "资料：这个问题很复杂。歌手 “邓丽君” 很有名。"
    assert kept_out("這個问题", conversation, languages=("zh-Hant",)) == "问题"
    assert kept_out("歌手“邓丽君”", conversation, languages=("zh-Hant",)) == ""


def test_a_chinese_name_in_a_japanese_answer_keeps_its_characters() -> None:
    assert kept_out("会長の陈晓明さんです", "董事长陈晓明介绍了计划。", languages=("ja",)) == ""
    assert kept_out("会長の陈晓东さんです", "董事长陈晓明介绍了计划。", languages=("ja",)) == "东"


def test_a_copy_spoils_no_observed_answer() -> None:
    policy = GuardPolicy(mode=Mode.OBSERVE, languages=("en",))
    state = GUARD.open(policy, brought=Brought.of([DOCUMENT]))
    for byte in "The painter 齐白石 is".encode():
        GUARD.advance(state, byte)
    assert not state.spoiled
    for byte in " 但".encode():
        GUARD.advance(state, byte)
    assert state.spoiled


def test_a_mark_with_no_letter_before_it_is_kept_out() -> None:
    assert kept_out("よい睡眠は\u094b大切です", DOCUMENT, languages=("ja",)) == "\u094b"


def test_brackets_gloss_nothing_where_the_answer_has_said_nothing() -> None:
    assert kept_out("학명 (Панда)은 길다", "", languages=("ko",)) == ""
    assert kept_out("Ж (, Щ (это)", "", languages=("ko",)) == "ЖЩэто"


@pytest.mark.parametrize("before", ["그는 ", "그는 **", "그는 _"])
@pytest.mark.parametrize("word", ["皇帝", "玻璃", "ノート", "отец", "אבא", "आज"])
def test_a_word_that_begins_with_the_bytes_of_a_symbol_is_kept_out_before_its_first_letter_is_whole(
    word: str, before: str
) -> None:
    state = GUARD.open(GuardPolicy(languages=("ko",)), brought=Brought.of(["사계절을 설명해 주세요."]))
    for byte in before.encode():
        GUARD.advance(state, byte)
    drifted = False
    for byte in word[0].encode()[:-1]:
        drifted |= GUARD.drifts(state, byte)
        GUARD.advance(state, byte)
    assert drifted
