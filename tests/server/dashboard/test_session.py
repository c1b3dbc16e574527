"""Sessions of the dashboard."""

import pytest

from server.dashboard.session import SECONDS, Sessions


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_by_itself_and_when_it_is_ended() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    first, second = sessions.begin(), sessions.begin()
    assert sessions.is_valid(first) and sessions.is_valid(second)
    sessions.end(first)
    assert not sessions.is_valid(first) and sessions.is_valid(second)
    clock.now += SECONDS
    assert not sessions.is_valid(second)


@pytest.mark.parametrize("cookie", [None, "", ".", "..", "9999999999.x.", "9999999999.x.ä", "a.b.c"])
def test_no_other_cookie_is_valid(cookie: str | None) -> None:
    assert not Sessions().is_valid(cookie)


def test_a_cookie_is_of_one_process_and_cannot_be_prolonged() -> None:
    sessions = Sessions()
    cookie = sessions.begin()
    expires, _, rest = cookie.partition(".")
    assert not Sessions().is_valid(cookie)
    assert not sessions.is_valid(f"{int(expires) + 1}.{rest}")


def test_a_token_is_of_one_session() -> None:
    sessions = Sessions()
    first, second = sessions.begin(), sessions.begin()
    assert sessions.is_own(first, sessions.csrf_token(first))
    assert not sessions.is_own(first, sessions.csrf_token(second)) and not sessions.is_own(first, "")
