"""Script drift on bytes: verdicts by token and pending bytes agree with the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.guard.automaton import BORDER, utf8
from tlpo_guard.guard.detector import DriftDetector, ScriptRules
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

BYTES = VocabularyIndex.from_bytes([bytes([b]) for b in range(256)])
STRICT_KO = GuardPolicy(languages=("ko",), allow_english=False)
SAMPLES = "안녕하세요 세계 中文汉字 ひらがな カタカナー русский عربي ελληνικά ไทย हिन्दी abc é 123 、。，😀 𝐀 𠀀 〇 ㄱ"


def rules(*languages: str, **flags: bool) -> ScriptRules:
    return DriftDetector(BYTES).rules(GuardPolicy(languages=languages, **flags))


@pytest.mark.parametrize(
    ("languages", "foreign", "own"),
    [
        (("ko",), "中あカーЖعé", "한글ㄱ、。1😀〇"),
        (("ja",), "한Жع", "中あカー々"),
        (("ru",), "中한عλ", "Жя1"),
        (("ar",), "中한Жא", "عـ،٣"),
        (("vi",), "中Ж", "ộđ"),
        (("zh",), "한あЖ", "中。"),
        (("ko", "ja"), "Ж", "한中あ"),
    ],
)
def test_letters_of_other_scripts_are_foreign(languages: tuple[str, ...], foreign: str, own: str) -> None:
    checked = rules(*languages, allow_english=False)
    assert [c for c in foreign if checked.foreign(c) is None] == []
    assert [c for c in own if checked.foreign(c) is not None] == []


def test_english_and_hanja_are_the_policy_s_choice() -> None:
    assert rules("ko", allow_english=True).foreign("hello") is None
    assert rules("ko", allow_english=False).foreign("안 hello") == 2
    assert rules("ko").foreign("漢字") == 0
    assert rules("ko", allow_hanja=True).foreign("漢字") is None


@pytest.mark.parametrize("char", "中国漢字語")
def test_no_byte_of_a_han_character_is_admissible_in_korean(char: str) -> None:
    assert rules("ko").verdicts(BORDER).blocked[char.encode()[0]]


def test_a_lead_byte_that_may_still_become_korean_passes() -> None:
    checked = rules("ko")
    assert checked.first_drift(BORDER, list("한".encode())) is None
    assert not checked.verdicts(BORDER).blocked[0xE3]  # it also begins 、 and ㄱ
    assert checked.verdicts(utf8().state_of(b"\xe3")).blocked[0x81]
    assert checked.first_drift(BORDER, list("あ".encode())) == 2  # U+3040, which E3 81 begins too, is unassigned


def test_a_few_neutral_symbols_do_not_save_a_lead_byte() -> None:
    checked = rules("ko", allow_english=False)
    assert not checked.verdicts(BORDER).blocked[0xF0]
    assert checked.foreign("×") is None
    assert checked.verdicts(BORDER).blocked[0xC3]  # C3 begins only Latin letters and two signs
    assert checked.first_drift(BORDER, list("é".encode())) == 1
    assert checked.first_drift(BORDER, list("×".encode())) is None
    assert checked.first_drift(BORDER, list("😀".encode())) is None


@given(st.text(st.sampled_from(SAMPLES), max_size=12))
def test_byte_by_byte_finds_what_the_text_holds(text: str) -> None:
    checked = rules("ko", allow_english=False)
    data = text.encode()
    offset = checked.foreign(text)
    found = checked.first_drift(BORDER, list(data))
    if offset is None:
        assert found is None
    else:
        start = len(text[:offset].encode())
        assert found is not None
        assert start <= found < start + len(text[offset].encode())


@given(st.lists(st.sampled_from([c.encode() for c in SAMPLES]), min_size=1, max_size=6), st.data())
def test_any_cut_into_tokens_gives_the_same_pending_bytes(chars: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(chars)
    cut = data.draw(st.integers(0, len(whole)))
    vocabulary = VocabularyIndex.from_bytes([whole[:cut], whole[cut:]])
    checked = DriftDetector(vocabulary).rules(STRICT_KO)
    assert checked.fold([0, 1]) == BORDER
    assert checked.fold([0]) == rules("ko").fold(list(whole[:cut]))


def test_tokens_that_break_a_pending_character_are_known() -> None:
    vocabulary = VocabularyIndex.from_bytes([b"\x95\x9c", b"\x95", b"abc", b"", "가".encode()])
    verdicts = DriftDetector(vocabulary).rules(STRICT_KO).verdicts(utf8().state_of("한".encode()[:1]))
    assert verdicts.breaks.tolist() == [False, False, True, True, True]


@pytest.mark.parametrize("tag", ["", "xx", "klingon!", "english"])
def test_an_unknown_language_is_refused_by_name(tag: str) -> None:
    with pytest.raises(UnknownLanguageError, match=r"BCP-47|language or script of"):
        GuardPolicy(languages=(tag,))
