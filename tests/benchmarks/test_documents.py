"""The answers over documents that `benchmarks.documents` judges."""

from collections import Counter

from benchmarks.documents import cases

ALL = list(cases())


def test_there_are_enough_of_each_kind() -> None:
    counts = Counter((case.slip, case.language) for case in ALL)
    assert len(ALL) >= 200
    assert all(counts[slip, language] >= 16 for slip, _ in counts for language in ("ar", "ko", "ru"))
    assert len({case.name for case in ALL}) == len(ALL)


def test_what_is_copied_stands_in_the_conversation_and_the_slip_does_not() -> None:
    for case in ALL:
        said = " ".join(message.text for message in case.messages)
        assert case.copied, case.name
        assert all(case.answer[start:end] in said for start, end in case.copied), case.name
        assert (case.foreign is None) == (case.slip == "clean")
        if case.foreign is not None:
            assert case.answer[slice(*case.foreign)] not in said, case.name


def test_no_mark_is_left() -> None:
    assert not any(set("{}\0") & set(text) for case in ALL for text in (case.answer, *(m.text for m in case.messages)))
