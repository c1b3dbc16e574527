import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.registry.canary import Canary, checked_share, read_canary

DAY = 24 * 60  # minutes


def turns(canary: Canary, server: str) -> list[bool]:
    return [canary.has_turn(server, 60 * minute) for minute in range(7 * DAY)]


@pytest.mark.parametrize("share", [1, 10, 50])
def test_it_has_its_share_of_the_minutes_and_each_of_them_whole(share: int) -> None:
    canary = Canary("v0002", share, since=0)
    assert sum(turns(canary, "one")) == pytest.approx(7 * DAY * share / 100, rel=0.25)
    assert len({canary.has_turn("one", 1_000_020 + second) for second in range(60)}) == 1


def test_it_has_no_rhythm_and_each_server_has_turns_of_its_own() -> None:
    canary = Canary("v0002", 10, since=0)
    each_ten_minutes = turns(canary, "one")[::10]
    assert 0.05 < sum(each_ten_minutes) / len(each_ten_minutes) < 0.15
    assert turns(canary, "one") == turns(canary, "one") != turns(canary, "two")


def test_what_is_kept_is_read_again_and_what_is_spoilt_is_no_canary() -> None:
    canary = Canary("v0002", 10, since=1_764_249_000)
    assert read_canary(canary.line()) == canary
    for spoilt in (
        "",
        "v0002",
        "v0002 10",
        "v0002 99 1",
        "v0002 0 1",
        "../etc 10 1",
        "v0002 -1 1",
        "v0002 ten now",
        "\x00",
    ):
        assert read_canary(spoilt) is None


@pytest.mark.parametrize("share", [-1, 0, 51, 100])
def test_most_answers_are_no_canary(share: int) -> None:
    with pytest.raises(ConfigurationError, match="1 to 50 percent"):
        checked_share(share)
