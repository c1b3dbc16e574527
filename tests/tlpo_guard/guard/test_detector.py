"""Script drift on bytes: verdicts by token and pending bytes agree with the text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.guard.automaton import BEHIND_GREEK, BORDER, utf8
from tlpo_guard.guard.detector import DriftDetector, ScriptRules
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

BYTES = VocabularyIndex.from_bytes([bytes([b]) for b in range(256)])
STRICT_KO = GuardPolicy(languages=("ko",), allow_english=False)
SAMPLES = (
    "πα Ω 안녕하세요 세계 中文汉字 ひらがな カタカナー русский عربي ελληνικά ไทย हिन्दी abc é 123 、。，😀 𝐀 𠀀 〇 ㄱ"
)


def rules(*languages: str, **flags: bool) -> ScriptRules:
    return DriftDetector(BYTES).rules(GuardPolicy(languages=languages, **flags))


@pytest.mark.parametrize(
    ("languages", "foreign", "own"),
    [
        (("ko",), "中あカーЖعé", "한글ㄱ、。1😀〇"),
        (("ja",), "한Жع", "中あカー々"),
        (("ru",), "中한عώі", "Жя1λ৳"),
        (("ar",), "中한Жב", "عـ،٣"),
        (("vi",), "中Ж", "ộđ"),
        (("zh",), "한あЖ", "中。"),
        (("ko", "ja"), "Ж", "한中あ"),
    ],
)
def test_letters_of_other_scripts_are_foreign(languages: tuple[str, ...], foreign: str, own: str) -> None:
    checked = rules(*languages, allow_english=False)
    assert [c for c in foreign if checked.foreign(c) is None] == []
    assert [c for c in own if checked.foreign(c) is not None] == []


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("πr² 는 넓이", None),
        ("Δx, μm, kΩ, λ₀·ε₀, α입자, 3σ, λx.x, α β γ", None),
        ("αβ", 1),
        ("λόγος", 1),
        ("ή", 0),
        ("ς", 0),
        ("Δλ", 1),
        ("가 Ελλάδα", 3),
        ("ἀ", 0),
    ],
)
def test_a_greek_letter_is_a_symbol_and_a_second_one_is_not(text: str, offset: int | None) -> None:
    checked = rules("ko")
    assert checked.foreign(text) == offset
    assert rules("ko", "el").foreign(text) is None
    found = checked.first_drift(BORDER, list(text.encode()))
    if offset is None:
        assert found is None
    else:
        start = len(text[:offset].encode())
        assert found is not None
        assert start <= found < start + len(text[offset].encode())


def test_behind_a_greek_letter_no_byte_of_another_one_is_admissible() -> None:
    checked = rules("ko")
    assert not checked.verdicts(BORDER).blocked[0xCE]
    behind = checked.fold(list("넓이 π".encode()))
    assert behind == BEHIND_GREEK
    assert checked.verdicts(behind).blocked[[0xCE, 0xCF]].all()
    assert not checked.verdicts(behind).blocked[[0xEA, 0x72, 0xC2]].any()
    assert not rules("ko", "el").verdicts(behind).blocked[[0xCE, 0xCF]].any()
    assert checked.fold(list("π ".encode())) == BORDER


def test_tokens_know_the_greek_letters_that_they_begin_and_end_with() -> None:
    tokens = ["π", "αβ", " λ", "r", "", "λόγος", "²"]
    cut = [b"\xce", b"\xb1", b"\xb1\xce", b"\xb1\xce\xb2", b"\xcf\x80\xce"]
    checked = DriftDetector(VocabularyIndex.from_bytes([*map(str.encode, tokens), *cut])).rules(
        GuardPolicy(languages=("ko",))
    )
    pi, alpha_beta, space_lambda, r, empty, word, square, ce, b1, b1_ce, b1_ce_b2, pi_ce = range(12)
    assert checked.first_drift(BORDER, [pi, square, pi, empty, square, space_lambda]) is None
    assert checked.first_drift(BORDER, [pi, empty, pi]) == 2
    assert checked.first_drift(BORDER, [alpha_beta]) == 0
    assert checked.first_drift(BORDER, [pi, word]) == 1
    assert checked.first_drift(BORDER, [pi, space_lambda, pi]) == 2
    assert checked.first_drift(BORDER, [ce, b1, square, ce, b1]) is None
    assert checked.first_drift(BORDER, [ce, b1_ce, b1]) == 2
    assert checked.first_drift(BORDER, [ce, b1_ce_b2]) == 1
    assert checked.first_drift(BORDER, [pi_ce, b1]) == 1
    assert checked.verdicts(checked.fold([ce, b1_ce])).blocked[b1]
    state = checked.fold([pi])
    assert checked.verdicts(state).blocked[[pi, alpha_beta, word, ce, pi_ce]].all()
    assert not checked.verdicts(state).blocked[[space_lambda, empty, square]].any()
    assert not checked.verdicts(state).breaks[[pi, space_lambda, r, square, empty]].any()
    assert checked.verdicts(state).breaks[[b1, b1_ce]].all()


def test_many_rows_go_on_as_each_does() -> None:
    pieces = [
        b"\xce",
        b"\xb1",
        b"\xb1\xce",
        "π".encode(),
        b" ",
        b"",
        "αa".encode(),
        b"\xe1\xbc",
        b"\x80",
        "한".encode()[:2],
    ]
    checked = DriftDetector(VocabularyIndex.from_bytes(pieces)).rules(STRICT_KO)
    states = np.array(sorted({checked.fold([a, b]) for a in range(len(pieces)) for b in range(len(pieces))}))
    for token_id in range(len(pieces)):
        behind = checked.tables.advance_all(states, np.full(len(states), token_id))
        assert behind.tolist() == [checked.advance(int(state), token_id) for state in states]


def test_signs_of_other_scripts_save_no_lead_byte() -> None:
    checked = rules("ko")
    for sign in "०৳៛﷼Ⅲ๒㈜㉠ªﷺﾟ":
        assert checked.foreign(sign) is None
    assert checked.verdicts(utf8().state_of("๒".encode()[:1])).blocked["๒".encode()[1]]
    assert not rules("th").verdicts(utf8().state_of("๒".encode()[:1])).blocked["๒".encode()[1]]


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
    assert checked.fold([0, 1]) in (BORDER, BEHIND_GREEK)
    assert checked.fold([0]) == rules("ko").fold(list(whole[:cut]))


def test_tokens_that_break_a_pending_character_are_known() -> None:
    vocabulary = VocabularyIndex.from_bytes([b"\x95\x9c", b"\x95", b"abc", b"", "가".encode()])
    verdicts = DriftDetector(vocabulary).rules(STRICT_KO).verdicts(utf8().state_of("한".encode()[:1]))
    assert verdicts.breaks.tolist() == [False, False, True, True, True]


@pytest.mark.parametrize("tag", ["", "xx", "klingon!", "english"])
def test_an_unknown_language_is_refused_by_name(tag: str) -> None:
    with pytest.raises(UnknownLanguageError, match=r"BCP-47|language or script of"):
        GuardPolicy(languages=(tag,))
