"""Which languages an answer is held to: its beginning settles what is open, and admitted languages do not take over."""

import pytest

from tlpo_guard.guard.course import Course
from tlpo_guard.policy import GuardPolicy

KOREAN = "지난주에 제출한 보고서의 수치가 서로 맞지 않습니다."
ENGLISH = "The figures in last week's report do not add up, so please check them again."


def read(policy: GuardPolicy, *pieces: str) -> Course:
    course = Course(policy)
    for piece in pieces:
        course.feed(piece.encode())
    return course


def test_all_claims_stand_until_the_beginning_tells() -> None:
    policy = GuardPolicy(languages=("en",), claimed=("ko",))
    assert set(read(policy).policy.languages) == {"en", "ko"}
    assert read(policy, *KOREAN).policy.languages == ("ko",)
    english = read(policy, *ENGLISH).policy
    assert (english.languages, english.admitted) == (("en",), ("ko",))


def test_a_settled_answer_is_read_no_longer() -> None:
    course = read(GuardPolicy(languages=("pl",), claimed=("en",)), *ENGLISH)
    assert course.policy.languages == ("en",)
    assert not course.reads


def test_an_answer_that_never_tells_keeps_all_claims_and_a_bounded_memory() -> None:
    course = read(GuardPolicy(languages=("en",), claimed=("ru",)), "1234567890\n" * 100)
    assert set(course.policy.languages) == {"en", "ru"}
    assert not course.reads


def test_a_policy_without_claims_and_admitted_letters_reads_nothing() -> None:
    assert not Course(GuardPolicy(languages=("en",))).reads
    assert not Course(GuardPolicy(languages=("de",), admitted=("fr",))).reads
    assert Course(GuardPolicy(languages=("de",), admitted=("fa",))).reads


@pytest.mark.parametrize(
    "tag, sentence",
    [("ja", "この電車は東京駅まで止まらずに走ります"), ("ru", "Эта электричка едет до конца без остановок ")],
)
def test_an_admitted_language_that_takes_over_is_closed_until_the_expected_one_is_back(tag: str, sentence: str) -> None:
    policy = GuardPolicy(languages=("en",), admitted=(tag,))
    assert read(policy, "It says: ", sentence).policy == policy
    taken_over = read(policy, "It says: ", *([sentence] * 4))
    assert taken_over.policy.admitted == ()
    taken_over.feed(b" which")
    assert taken_over.policy == policy


def test_lists_and_quotations_in_an_admitted_language_are_no_takeover() -> None:
    policy = GuardPolicy(languages=("en",), admitted=("zh",))
    assert read(policy, "Greetings:\n", "早上好，大家\n" * 60).policy == policy
    assert read(policy, "It begins “", "滚滚长江东逝水浪花淘尽英雄" * 8, "”").policy == policy


def test_characters_may_come_in_pieces() -> None:
    course = Course(GuardPolicy(languages=("en",), claimed=("ko",)))
    for byte in KOREAN.encode():
        course.feed(bytes([byte]))
    assert course.policy.languages == ("ko",)
