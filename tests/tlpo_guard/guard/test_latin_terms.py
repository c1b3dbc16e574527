"""Strict answers in other scripts: names, acronyms, units and codes in Latin letters pass, English words do not."""

import numpy as np
import pytest

from tests.tlpo_guard.longest_tokens import cut
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.latin_terms import LatinTerms
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

_OPENING = "WordPress Word Press Microsoft iPhone Wi Fi Python Py thon USB DNA AI Extracted Ext racted Sky"
_OTHERS = "Sure Hello However GHz km README md GPT here is The Kubernetes Kub ernetes"
_MORE = "IBM With Will Teams Zoom Windows THE days rif Meta of course Tokyo Samsung"
PIECES = [*_OPENING.split(), *_OTHERS.split(), *_MORE.split()]
TOKENS = [bytes([byte]) for byte in range(256)] + [word.encode() for p in PIECES for word in (p, f" {p}")]
VOCABULARY = VocabularyIndex.from_bytes(TOKENS)
GUARD = Guard(DriftDetector(VOCABULARY))


def kept_out(answer: str, language: str) -> str:
    """The tokens that a strict answer loses, with bars between them."""
    state = GUARD.open(GuardPolicy(languages=(language,), allow_english=False))
    out = []
    for token_id in cut(answer, TOKENS):
        if GUARD.drifts(state, token_id):
            out.append(TOKENS[token_id].decode(errors="replace").strip())
        GUARD.advance(state, token_id)
    return "|".join(out)


@pytest.mark.parametrize(
    "language, answer",
    [
        ("ko", "홈페이지는 WordPress로 만들었고 Kubernetes에서 돕니다."),
        ("ko", "AI와 DNA를 읽는 USB 장치"),
        ("ko", "주파수는 60GHz, 속도는 90 km/h이고 길이는 5km입니다."),
        ("ko", "농도는 12μg/m³이고 저항은 5kΩ입니다."),
        ("ko", "비타민C와 M3 칩, 제I형과 변수 a, O'Brien"),
        ("ja", "家ではWi-FiでiPhone 15とSamsungをつなぎます。"),
        ("ja", "詳しくはREADME.mdを見てください。"),
        ("ru", "Сайт на Python, а отчёты в Microsoft Teams."),
        ("ru", "- Kubernetes: система\n- Zoom: встречи"),
        ("ar", "نستخدم GPT-4 على Windows مع Zoom."),
        ("ar", "خليط من N وDNA والـUSB"),
        ("th", "ใช้ Python กับ Tokyo"),
        ("ko", "주소는 https://Extracted.org/Sky 이고 식은 $E = course^2$ 입니다."),
        ("ko", '{"here": 1, "course": 2}'),
        ("ko", '<Hello course="1">'),
    ],
)
def test_names_acronyms_units_and_files_pass(language: str, answer: str) -> None:
    assert kept_out(answer, language) == ""


@pytest.mark.parametrize(
    "language, answer, lost",
    [
        ("ko", "Extracted: Sky", "Extracted|Sky"),
        ("ja", "Sure, here is 答えです", "Sure|here|is"),
        ("ru", "The ответ", "The"),
        ("ar", "Hello يا صديقي", "Hello"),
        ("ko", "결과는 However 다릅니다", "However"),
        ("ja", "はい。 Hello", "Hello"),
        ("ru", "да, of course", "of|course"),
        ("ko", "IBM과 THE 회사", "THE"),
        ("ko", "I'm 입니다", "I|m"),
        ("ru", "Python a Zoom", "a"),
        ("ko", "약 5days 정도", "days"),
        ("ko", "이 코rif는", "rif"),
        ("ru", "компанияMeta", "Meta"),
        ("ar", "كتابMeta", "Meta"),
    ],
)
def test_english_words_do_not(language: str, answer: str, lost: str) -> None:
    assert kept_out(answer, language) == lost


def test_the_piece_that_completes_an_english_word_is_kept_out() -> None:
    state = GUARD.open(GuardPolicy(languages=("ko",), allow_english=False))
    for token_id in (*cut("이것은", TOKENS), TOKENS.index(b" "), TOKENS.index(b"h")):
        assert not GUARD.drifts(state, token_id)
        GUARD.advance(state, token_id)
    assert GUARD.drifts(state, TOKENS.index(b"e"))  # "he", of which "here" may come, too
    assert not GUARD.drifts(state, TOKENS.index(b"1"))


def test_where_english_is_allowed_or_spoken_nothing_is_asked() -> None:
    for policy in (GuardPolicy(languages=("ko",)), GuardPolicy(languages=("de",), allow_english=False)):
        assert GUARD.terms_under(GUARD.detector.rules(policy)) is None


def test_tokens_that_are_names_by_themselves_are_known_beforehand() -> None:
    flags = LatinTerms(VOCABULARY).tokens
    named = {TOKENS[token_id].decode() for token_id in np.flatnonzero(flags)}
    assert {" WordPress", " USB", " Kubernetes", " Windows"} <= named
    assert named.isdisjoint({" Extracted", " The", " Hello", " of", "WordPress", " a"})
