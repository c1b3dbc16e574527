"""What a conversation brought may be said again, as strings; none of it licenses a slip into its language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlpo_guard.brought import Brought
from tlpo_guard.intent import Message

DOCUMENTS = """Wat betekent 干杯 eigenlijk?
钢琴家朗朗出生于沈阳。根据演出合同的条款，票款不退。
Согласно новому закону, режиссёр Андрей Тарковский родился в Завражье. Однако фильм сняли позже.
قال المخرج يوسف شاهين إن الفيلم صور في الإسكندرية. كتب «أهلا وسهلا» على الباب.
박찬욱은 송강호와 함께 일했다.
横浜スタジアムは満員です。
"""


@pytest.fixture(scope="module")
def brought() -> Brought:
    return Brought.of([Message("tool", DOCUMENTS), "ｴｸｾﾙ and Ｗｏｒｄ"])


@pytest.mark.parametrize(
    "stretch",
    [
        "干杯",  # set apart by words of another script
        "干杯！干杯",
        "朗朗",  # a name inside a run without spaces
        "沈阳",
        "Андрей Тарковский",
        "Тарковский",
        "ТАРКОВСКИЙ",
        "Завражье, Андрей Тарковский",  # several strings
        "يوسف شاهين",
        "الإسكندرية",
        "أَهلاً وسَهلاً",  # with vowel marks, which the conversation has not
        "박찬욱",  # without its particle
        "横浜スタジアム",
        "朗朗, Тарковский",
    ],
)
def test_strings_of_the_conversation_may_be_said_again(brought: Brought, stretch: str) -> None:
    assert brought.holds(stretch)
    for end in range(1, len(stretch) + 1):
        assert brought.begins(stretch[:end])


@pytest.mark.parametrize(
    "stretch",
    [
        "根据",
        "根据演出合同",
        "的",
        "朗朗的钢琴",
        "согласно новому",
        "Однако",
        "в",
        "режиссёры",
        "في",
        "です",
        "は満員",
        "Hei",
        "",
    ],
)
def test_sentences_may_not_slip_into_a_language_for_its_words_stand_there(brought: Brought, stretch: str) -> None:
    assert not brought.holds(stretch)


@pytest.mark.parametrize("stretch", ["根据演出", "的", "朗朗的", "朗朗歌", "Тарковский, щу", "です", "ゴ"])
def test_a_slip_is_seen_while_it_is_written(brought: Brought, stretch: str) -> None:
    assert not brought.begins(stretch)


def test_a_quotation_may_hold_any_words_of_the_conversation(brought: Brought) -> None:
    assert brought.holds("根据演出合同的条款", quoted=True)
    assert brought.begins("Согласно новому зак", quoted=True)
    assert not brought.holds("根据合同", quoted=True)


def test_words_in_a_row(brought: Brought) -> None:
    assert brought.holds_words(["андрей", "тарковский"])
    assert not brought.holds_words(["тарковский", "андрей"])


def test_nothing_brought_holds_nothing() -> None:
    assert not Brought()
    assert not Brought().holds("茶")
    assert not Brought().begins("茶")


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_can_be_asked(text: str, stretch: str) -> None:
    brought = Brought([text])
    if brought.holds(stretch):
        assert brought.holds(stretch, quoted=True)


@given(st.text(alphabet="茶花山川水木", min_size=2, max_size=12), st.data())
def test_what_begins_a_held_string_begins_one(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    stretch = text[start : start + data.draw(st.integers(1, 12))]
    assert Brought([f"the name {text} is one"]).begins(stretch)


def test_a_mark_of_another_script_inside_a_word_ends_nothing_for_ever(brought: Brought) -> None:
    assert not brought.goes_on("가\u0487가", "茶".encode()[:1])
