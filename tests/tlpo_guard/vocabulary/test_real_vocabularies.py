"""Script drift over real vocabularies: token by token says what the whole text says."""

import unicodedata
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.tlpo_guard.vocabulary.vocabularies import FAMILIES, Vocabulary, vocabulary
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import DriftDetector, ScriptRules
from tlpo_guard.languages.repertoires import GREEK_SYMBOLS, LONE_SYMBOLS
from tlpo_guard.languages.scripts import script_of
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

TEXT = "한국어와 中文, русский текст; العربية 😀 naïve\n\tcode = 'x'"
CLEAN = {
    "ko": "오늘은 날씨가 맑고, 기온은 23℃입니다. 1 × 2 = 2 😀",
    "ar": "الطقس اليوم جميل، ودرجة الحرارة ٢٣.",
    "ru": "Сегодня хорошая погода — 23 градуса… «да»",
    "hi": "आज मौसम अच्छा है। तापमान २३ डिग्री है।",
    "ja": "今日はいい天気です。気温はプラス２３度でしょう。",
    "th": "วันนี้อากาศดี อุณหภูมิ ๒๓ องศา",
    "uk": "Сьогодні гарна погода — 23 градуси, п’ять вітрів і ґава.",
    "zh-Hant": "今天天氣很好，氣溫２３度，颱風還沒來臺灣。",
    "zh-Hans": "今天天气很好，气温２３度，台风还没来台湾。",
    "vi": "Hôm nay trời đẹp, nhiệt độ là 23 độ.",
    "de": "Heute ist schönes Wetter, „23 Grad“ — größer als 5 %.",
}
FOREIGN = "λόγος πΩΣ 杂临臨灣働込іїўыэپگٹ漢语あカ한русЖعبहिไทยελא ქართ հայ አማ မြန် ខ្មែ ລາວ தமிழ் ᠮᠣ ⴰⵣ Ꮳ 𐎀 𠀀 ꦗ aéß"
LACKING = {"ja": "杂临", "zh-Hant": "杂临働込", "zh-Hans": "臨灣働込", "ru": "іїў", "uk": "ўыэ", "ar": "پگٹ"}
POLICIES = [GuardPolicy(languages=(tag,), allow_english=False) for tag in CLEAN]


@pytest.fixture(scope="module", params=FAMILIES)
def real(request: pytest.FixtureRequest) -> Vocabulary:
    return vocabulary(request.param)


@pytest.fixture(scope="module")
def rules(real: Vocabulary) -> Sequence[ScriptRules]:
    detector = DriftDetector(real.index)
    return [detector.rules(policy) for policy in POLICIES]


def test_tokens_joined_are_the_text(real: Vocabulary) -> None:
    assert real.spelled(real.encode(TEXT)).decode().lstrip(" ") == TEXT


def test_every_token_of_the_family_is_spelled(real: Vocabulary) -> None:
    empty = np.flatnonzero(np.diff(real.index.offsets) == 0)
    assert len(empty) < 1100  # tekken keeps 1,000 ids for control tokens
    assert set(range(0x20, 0x7F)) <= set(single_bytes(real.index))


def verdict(rules: ScriptRules, real: Vocabulary, token_ids: list[int]) -> int | None:
    """The character at which token by token drifts: where the drifting token begins, or the first foreign one behind."""
    found = rules.first_drift(BORDER, token_ids)
    if found is None:
        return None
    before = len(real.spelled(token_ids[:found]))
    end = before + len(real.index.token_bytes(token_ids[found]))
    text, size = real.spelled(token_ids).decode(), 0
    for offset, char in enumerate(text):
        size += len(char.encode())
        if size > before and (rules.foreign(text[max(offset - 1, 0) : offset + 1]) is not None or size >= end):
            return offset
    raise AssertionError("a drift past the end of the text")


mixed = st.one_of(
    st.text(st.sampled_from("".join(CLEAN.values()) + FOREIGN), max_size=12),
    st.text(st.characters(codec="utf-8"), max_size=8),
)


@examples(60)
@given(parts=st.lists(st.tuples(mixed, st.booleans()), max_size=4))
@example(parts=[("안녕 × ", False), ("中", True), ("文", False)])
@example(parts=[("é", True), ("䷀", True), ("一", True)])
@example(parts=[("π", False), ("r² = πλ", True)])
@example(parts=[("α", True), ("Ω", False), ("λόγος", False)])
def test_token_by_token_is_the_whole_text_s_verdict(
    real: Vocabulary, rules: Sequence[ScriptRules], parts: list[tuple[str, bool]]
) -> None:
    token_ids = cut(real, parts)
    assume(is_utf_8(real.spelled(token_ids)))  # SmolLM2 drops characters whose bytes it lacks
    text = real.spelled(token_ids).decode()
    for checked in rules:
        assert verdict(checked, real, token_ids) == checked.foreign(text)


def is_utf_8(data: bytes) -> bool:
    return data.decode(errors="ignore").encode() == data


def cut(real: Vocabulary, parts: list[tuple[str, bool]]) -> list[int]:
    """Some parts as the tokenizer cuts them, the others byte by byte."""
    byte_ids = single_bytes(real.index)
    chosen: list[int] = []
    for text, by_byte in parts:
        spellable = by_byte and byte_ids.keys() >= set(text.encode())  # SmolLM2 lacks some bytes
        chosen += [byte_ids[b] for b in text.encode()] if spellable else real.encode(text)
    return chosen


def single_bytes(index: VocabularyIndex) -> dict[int, int]:
    ids = np.flatnonzero(np.diff(index.offsets) == 1)
    return {index.token_bytes(int(i))[0]: int(i) for i in ids}


@examples(40)
@given(tag=st.sampled_from(sorted(CLEAN)), data=st.data())
def test_what_is_spliced_into_clean_text_is_found_at_its_place(
    real: Vocabulary, rules: Sequence[ScriptRules], tag: str, data: st.DataObject
) -> None:
    checked = rules[list(CLEAN).index(tag)]
    clean = CLEAN[tag]
    assert rules[list(CLEAN).index(tag)].first_drift(BORDER, real.encode(clean)) is None
    symbols = GREEK_SYMBOLS | LONE_SYMBOLS
    letters = [c for c in FOREIGN if c != " " and c not in symbols and foreign_letter(c, tag)]
    splice = data.draw(st.text(st.sampled_from(letters), min_size=1, max_size=4))
    at = data.draw(st.integers(0, len(clean)))
    text = clean[:at] + splice + clean[at:]
    token_ids = real.encode(text)
    shift = len(real.spelled(token_ids).decode()) - len(text)  # SentencePiece writes a space first
    assert checked.foreign(text) == at
    assert verdict(checked, real, token_ids) == at + shift


def foreign_letter(char: str, tag: str) -> bool:
    """Whether Unicode, or what a writing's alphabet or standard has, says that a letter is none of the clean text's."""
    if tag in LACKING and char in LACKING[tag]:
        return True
    own = {script_of(c) for c in CLEAN[tag] if unicodedata.category(c).startswith("L")}
    return unicodedata.category(char).startswith("L") and script_of(char) not in own
