import os
from itertools import islice

from tlpo_guard.cli.slow_input import lines_as_they_come


def test_a_pause_is_told_and_what_is_at_hand_comes_without_one() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        lines = lines_as_they_come(source)
        sink.write(b"one\n\ntwo\nthr")
        assert list(islice(lines, 4)) == [b"one\n", b"\n", b"two\n", b""]
        sink.write(b"ee\n")
        assert list(islice(lines, 2)) == [b"three\n", b""]
        sink.write(b"four")
        sink.close()
        assert list(lines) == [b"four"]


def test_a_line_may_be_longer_than_what_is_read_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        lines = lines_as_they_come(source)
        sink.write(b"x" * 60_000)
        assert next(lines) == b""
        sink.write(b"y" * 60_000 + b"\nz")
        sink.close()
        assert [line for line in lines if line] == [b"x" * 60_000 + b"y" * 60_000 + b"\n", b"z"]
