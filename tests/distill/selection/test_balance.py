"""What the steps of a run hold of a log, and what is left for the next."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.store import event as made_event
from distill.config import Selection
from distill.selection.balance import held_by_steps, learnt_events, repeats
from distill.selection.groups import Base, Group
from distill.selection.point_selection import select_points
from distill.selection.selected import Selected
from distill.tlpo.batches import features, oversampled
from tlpo_guard.events.store import EventStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    store = EventStore(tmp_path / "events.sqlite3")
    store.add([made_event(n) for n in range(600)])
    yield store
    store.close()


def select(store: EventStore, *learnt: str) -> Selected:
    base = Base("base", "tokenizer", 49_152)
    return select_points(store, base, Selection(), lambda event: None, seed=0, learnt=learnt)


def groups(**points: int) -> list[Group]:
    """So many sequences of a point in each language."""
    return [
        Group(f"{tag}{n}", (1, 2, 3), 1, (1,), tag, event_ids=(f"{tag}{n}",))
        for tag in points
        for n in range(points[tag])
    ]


def of(train: list[Group]) -> Selected:
    return Selected(train, [], seen=len(train), dropped={}, capped=())


def test_a_language_with_a_ninth_of_the_points_comes_three_times() -> None:
    assert repeats(groups(ko=90, de=10, tr=80)) == {"ko": 1, "de": 3, "tr": 1}
    assert repeats([]) == {}


def test_the_same_share_of_each_language_is_held_and_the_steps_hold_no_more() -> None:
    selected = of(groups(ko=90, de=10, tr=20))  # 90 + 3 * 10 + 2 * 20
    held = held_by_steps(selected, 80, 0.2, seed=0)
    assert Counter(group.language for group in held.train) == {"ko": 45, "de": 5, "tr": 10}
    assert sum(map(len, features(oversampled(held.train))["points"])) == 80
    assert [(cap.reason, cap.left_out) for cap in held.capped] == [("max_steps", 60)] and held.left_out == 60
    assert (
        held_by_steps(selected, 80, 0.2, seed=0) == held
        and held_by_steps(selected, 80, 0.2, seed=1).train != held.train
    )
    assert held_by_steps(selected, 160, 0.2, seed=0) is selected
    assert held_by_steps(of([]), 1, 0.2, seed=0).train == []


def test_what_is_measured_on_is_parted_alike_but_is_enough_to_judge_by() -> None:
    selected = Selected(groups(ko=400), groups(de=100), seen=500, dropped={}, capped=())
    held = held_by_steps(selected, 200, 0.2, seed=0)
    assert (len(held.train), len(held.held_out), held.left_out) == (200, 50, 250)
    little = held_by_steps(selected, 40, 0.2, seed=0)
    assert (len(little.train), len(little.held_out)) == (40, 10)
    few_held_out = Selected(groups(ko=4000), groups(de=100), seen=4100, dropped={}, capped=())
    assert len(held_by_steps(few_held_out, 400, 0.2, seed=0).held_out) == 32
    assert held_by_steps(Selected(groups(ko=9), [], 9, {}, ()), 4, 0.2, seed=0).held_out == []


def test_run_after_run_teaches_all_of_a_log_and_nothing_twice(store: EventStore) -> None:
    everything, taught = set(select(store).event_ids), list[str]()
    for version in ("v0001", "v0002", "v0003"):
        selected = select(store, "v0001", "v0002")
        of_run = held_by_steps(selected, 200, 0.2, seed=0)
        assert of_run.train and of_run.held_out and set(of_run.event_ids).isdisjoint(taught)
        store.mark_distilled(of_run.event_ids, version)
        taught += of_run.event_ids
    assert set(taught) == everything


def test_a_run_that_ends_early_has_learnt_what_its_steps_held_and_measured_the_same_share() -> None:
    train, held_out = groups(ko=4), groups(de=4)
    assert learnt_events(train, held_out, None) == sorted(g.request_id for g in (*train, *held_out))
    assert learnt_events(train, held_out, frozenset({"ko0", "ko3"})) == ["de0", "de1", "ko0", "ko3"]
    assert learnt_events(train, held_out, frozenset()) == []
