import pytest

from server.dashboard.ranges import RANGES, step_of


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(0, 60), (600, 60), (6_000, 60), (6_001, 300), (24 * 3600, 900), (9 * 365 * 24 * 3600, 4 * 24 * 3600)],
)
def test_a_chart_is_as_fine_as_its_points_allow(seconds: int, step: int) -> None:
    assert step_of(seconds) == step


def test_every_range_has_enough_points_and_not_too_many() -> None:
    assert all(40 <= one.seconds / step_of(one.seconds) <= 100 for one in RANGES)
