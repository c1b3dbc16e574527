"""Sums of the traffic, and what the log holds on whom."""

from contextlib import closing
from pathlib import Path

from tests.served_admin import event
from tlpo_guard.events.store import EventStore
from tlpo_guard.events.traffic import Traffic, TrafficPoint

DAY = 24 * 3600


def point(begins_at: int, language: str = "ko", version: str = "base", **figures: float) -> TrafficPoint:
    return TrafficPoint(begins_at, language, version, Traffic(answers=1, **figures))  # type: ignore[arg-type]


def test_sums_are_added_up_by_minute_hour_language_and_version(tmp_path: Path) -> None:
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        store.traffic.add([point(7_261, confusion_mass=0.5), point(7_262), point(7_263, "de")])
        store.traffic.add([point(7_264, confusion_mass=0.25), point(7_330), point(7_331, version="v0001")])
        minutes = store.traffic.series(7_200, 7_380, 60)
        assert [(p.begins_at, p.language, p.adapter_version, p.traffic.answers) for p in minutes] == [
            (7_260, "de", "base", 1),
            (7_260, "ko", "base", 3),
            (7_320, "ko", "base", 1),
            (7_320, "ko", "v0001", 1),
        ]
        assert minutes[1].traffic.confusion_mass == 0.75
        assert [store.traffic.first(since) for since in (0, 7_300, 10_799, 10_800)] == [7_200, 7_200, 7_200, None]
        hours = store.traffic.series(0, 10_000, 7_200)
        assert [(p.begins_at, p.language, p.traffic.answers) for p in hours if p.adapter_version == "base"] == [
            (7_200, "de", 1),
            (7_200, "ko", 4),
        ]


def test_minutes_go_after_days_and_hours_stay(tmp_path: Path) -> None:
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        store.traffic.add([point(0)])
        store.traffic.add([point(4 * DAY)])
        assert [p.begins_at for p in store.traffic.series(0, 5 * DAY, 60)] == [4 * DAY]
        assert [p.begins_at for p in store.traffic.series(0, 5 * DAY, 3600)] == [0, 4 * DAY]


def test_what_is_held_on_whom(tmp_path: Path) -> None:
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        users = ("ann", "ann", "anton", "bob", None)
        store.add([event(n, user=user, key="k" if n else "", language="ko,vi") for n, user in enumerate(users)])
        assert [(one.user, one.events) for one in store.holdings.users()] == [("ann", 2), ("anton", 1), ("bob", 1)]
        assert [one.user for one in store.holdings.users("an", 1)] == ["ann"]
        held = store.holdings.of("ann")
        assert held is not None and held.by_key == {"": 1, "k": 1} and held.first < held.last
        assert store.holdings.of("nobody") is None
        assert store.holdings.values("language") == ["ko,vi"] and store.holdings.values("key") == ["", "k"]


def test_filters_together_give_what_each_of_them_gives(tmp_path: Path) -> None:
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        store.add([event(n, language="ko" if n % 2 else "de", model="m" if n % 3 else "other") for n in range(12)])
        found, _ = store.page(language="ko", model="m")
        assert [one.id for one in found] == ["e11", "e7", "e5", "e1"]
        first, following = store.page(language="ko", model="m", limit=3)
        rest, _ = store.page(language="ko", model="m", limit=3, after=following)
        assert [one.id for one in (*first, *rest)] == [one.id for one in found]
