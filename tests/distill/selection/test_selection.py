"""Which events a run uses: a real log, with floods, repeats and poison in it."""

import dataclasses
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.store import event as made_event
from distill.config import Selection
from distill.selection.groups import Base
from distill.selection.limits import BIASED, Offer, Quota, Tally
from distill.selection.point_selection import select_points
from distill.selection.pool import Pool
from distill.selection.selected import Selected
from tlpo_guard.errors import TooFewEventsError
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore

BASE = Base("base", "tokenizer", 49_152)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    store = EventStore(tmp_path / "events.sqlite3")
    yield store
    store.close()


def event(number: int, **changes: object) -> Event:
    """An event of a request of its own."""
    made = made_event(3 * number)
    return dataclasses.replace(made, **{"language": "ko", "user": None, **changes})  # type: ignore[arg-type]


def select(store: EventStore, settings: Selection | None = None, **options: object) -> Selected:
    arguments = {"seed": 0, "learnt": (), "unfit": lambda event: None} | options
    return select_points(store, BASE, settings or Selection(), **arguments)  # type: ignore[arg-type]


def test_all_of_a_small_log_is_used_and_the_same_requests_are_held_out_every_time(store: EventStore) -> None:
    store.add([made_event(n) for n in range(300)])
    found = select(store)
    assert (found.seen, found.points, found.dropped, found.capped) == (300, 300, {}, ())
    held_out = {group.request_id for group in found.held_out}
    assert 0.1 < len(held_out) / 100 < 0.3 and held_out.isdisjoint(group.request_id for group in found.train)
    store.add([made_event(n) for n in range(300, 600)])
    assert held_out <= {group.request_id for group in select(store, seed=1).held_out}
    assert all(len(group.points) == 3 for group in found.train)  # the points of one answer stay together


def test_what_a_version_has_learnt_is_not_used_again(store: EventStore) -> None:
    store.add([event(n) for n in range(40)])
    used = select(store).event_ids
    store.mark_distilled(used[:30], "v0001")
    assert select(store, learnt=("v0001",)).event_ids == used[30:]
    assert select(store, learnt=("v0002",)).event_ids == used  # another line of versions
    assert select(store).event_ids == used


def test_repeats_of_one_context_count_once(store: EventStore) -> None:
    first = event(1)
    store.add([dataclasses.replace(first, id=f"{n:032x}", request_id=f"request-{n}") for n in range(20)])
    found = select(store)
    assert found.points == 1 and found.dropped == {"repeated": 19}


def test_a_context_counts_once_whatever_adapter_and_side_it_is_of(store: EventStore) -> None:
    first = event(1)
    copies = [dataclasses.replace(first, id=f"{n:032x}", request_id=f"r{n}") for n in range(40)]
    store.add([dataclasses.replace(copy, adapter_version=f"v{n % 5:04d}") for n, copy in enumerate(copies)])
    found = select(store)
    assert found.points == 1 and found.dropped == {"repeated": 39}
    assert len(found.held_out) == 1 and not found.train  # what the gate measures on is not trained on


def test_shares_are_of_what_is_there_on_a_small_log_too(store: EventStore) -> None:
    many = [event(n, user="ann", token_id=n) for n in range(400)]
    store.add([*many, *(event(1_000 + n, user="bob", language="de") for n in range(20))])
    found = select(store)
    assert found.by_language["de"] == 20 and 200 <= found.by_language["ko"] <= 220
    assert {cap.reason for cap in found.capped} <= {"max_language_share", "max_user_share"} and found.left_out >= 180


def test_requests_without_a_user_are_one_users(store: EventStore) -> None:
    flood = [event(n, token_id=n, confusion_mass=1.0) for n in range(400)]
    store.add([*flood, *(event(1_000 + n, user=f"user-{n}", token_id=n, confusion_mass=0.1) for n in range(100))])
    found = select(store)
    used = set(found.event_ids)
    assert sum(one.id in used for one in flood) <= 0.25 * 500 + 2
    assert found.points - sum(one.id in used for one in flood) == 100
    assert found.capped[0].which == "no user"


def test_twelve_tags_of_one_language_are_one_language(store: EventStore) -> None:
    regions = ["en", *(f"en-{region}" for region in ("US", "GB", "AU", "CA", "IE", "NZ", "ZA", "IN", "SG", "PH", "NG"))]
    flood = [event(n, user=f"u{n % 9}", token_id=n, language=regions[n % 12], confusion_mass=1.0) for n in range(600)]
    rest = [event(2_000 + n, user=f"v{n}", token_id=n, language=("ko", "de")[n % 2]) for n in range(100)]
    store.add([*flood, *rest])
    found = select(store)
    english = sum(count for tag, count in found.by_language.items() if tag.startswith("en"))
    assert english <= 0.5 * 700 + 2 and found.points - english == 100
    assert {cap.which for cap in found.capped if cap.reason == "max_language_share"} == {"en"}


def test_a_key_is_capped_whatever_users_it_names_and_users_of_two_keys_are_two(store: EventStore) -> None:
    flood = [event(n, key="bad", user=f"u{n}", token_id=n, confusion_mass=1.0) for n in range(600)]
    good = [event(2_000 + n, key=f"good-{n % 2}", user="ann", token_id=n) for n in range(100)]
    store.add([*flood, *good])
    found = select(store)
    used = set(found.event_ids)
    assert sum(one.id in used for one in flood) <= 0.5 * 700 + 2
    assert sum(one.id in used for one in good) == 100
    assert [cap.which for cap in found.capped] == ["key bad"]


def test_one_prompt_of_one_key_gives_few_points_and_each_key_may_ask_it(store: EventStore) -> None:
    same = [
        event(n, key=f"key-{n % 2}", prompt_ids=(1, 2, 3), output_ids=(n,), token_id=n, position=1) for n in range(60)
    ]
    store.add([*same, *(event(1_000 + n) for n in range(20))])
    found = select(store, Selection(max_per_prompt=5))
    used = set(found.event_ids)
    assert Counter(one.key for one in same if one.id in used) == {"key-0": 5, "key-1": 5}
    prompts = {cap.which for cap in found.capped if cap.reason == "max_per_prompt"}
    assert prompts == {"one prompt of key key-0", "one prompt of key key-1"}


def test_points_of_requests_that_moved_the_logits_are_weighed_down_and_counted(store: EventStore) -> None:
    store.add([event(n, confusion_mass=0.5, biased=bool(n % 2)) for n in range(1_000)])
    found = select(store, Selection(max_points=200, max_held_out=20, max_biased_share=1.0))
    biased = sum(f"{3 * n:032x}" in set(found.event_ids) for n in range(1, 1_000, 2))
    assert biased < 0.25 * found.points
    assert found.weighed == found.as_dict()["weighed_down"] == {BIASED: biased}


def test_such_points_are_few_in_a_small_log_too_unless_there_are_no_others(store: EventStore) -> None:
    moved = [event(n, biased=True, token_id=n, confusion_mass=1.0) for n in range(100)]
    store.add(moved)
    assert select(store).weighed == {BIASED: 100}
    plain = [event(1_000 + n, biased=False, token_id=n) for n in range(100)]
    store.add(plain)
    found = select(store)
    used = set(found.event_ids)
    assert all(one.id in used for one in plain)
    assert 0 < sum(one.id in used for one in moved) <= 0.1 * 200 + 2
    assert [(cap.reason, cap.which) for cap in found.capped] == [("max_biased_share", BIASED)]


def test_rare_languages_keep_their_points_in_a_log_that_is_thinned_out(store: EventStore) -> None:
    common = [event(n, language="zh", confusion_mass=1.0, token_id=n) for n in range(3_000)]
    rare = [event(5_000 + n, language=("de", "ko", "fi")[n % 3], confusion_mass=0.02) for n in range(60)]
    store.add(common[:1_500] + rare + common[1_500:])
    found = select(store, Selection(max_points=200, max_held_out=40))
    counts = found.by_language
    assert counts["de"] + counts["ko"] + counts["fi"] == 60 and counts["zh"] == 240 / 2
    assert found.seen == found.points + found.left_out == 3_060


def test_a_pool_is_of_bounded_size_whatever_comes() -> None:
    pool = Pool(Quota.training(Selection(max_points=50)), Tally())
    dice = random.Random(0)
    for number in range(5_000):
        pool.offer(
            Offer(
                dice.random(), f"e{number}", f"r{number}", "", f"u{number}", f"l{number % 700}", number, False, number
            )
        )
        assert len(pool.ranked()) <= 200
    assert max(Counter(offer.language for offer in pool.ranked()).values()) <= 2


def test_the_first_and_the_last_event_are_told(store: EventStore) -> None:
    assert select(store).as_dict()["first_event"] is None
    store.add([event(n) for n in range(30)])
    found = select(store)
    assert (found.first_event, found.last_event) == (event(0).created_at, event(29).created_at)
    assert found.as_dict()["last_event"] == event(29).created_at.isoformat()


def test_heavier_points_are_likelier_to_be_used(store: EventStore) -> None:
    store.add([event(n, confusion_mass=0.9 if n % 2 else 0.05) for n in range(1_000)])
    settings = Selection(max_points=200, max_held_out=20)
    heavy = {f"{3 * n:032x}" for n in range(1_000) if n % 2}
    used = select(store, settings)
    share = sum(event_id in heavy for event_id in used.event_ids) / used.points
    assert 0.85 < share < 1.0
    assert select(store, settings).event_ids == used.event_ids  # the same every time
    assert select(store, settings, seed=1).event_ids != used.event_ids


def test_a_client_that_floods_one_token_is_capped_and_named(store: EventStore) -> None:
    flood = [event(n, user="flooder", token_id=77, confusion_mass=1.0) for n in range(3_000)]
    others = [event(10_000 + n, user=f"user-{n}", token_id=n, confusion_mass=0.3) for n in range(300)]
    store.add(flood + others)
    settings = Selection(max_points=400, max_held_out=50, max_per_token=64)
    found = select(store, settings)
    used = set(found.event_ids)
    assert sum(one.id in used for one in flood) <= 2 * 64
    assert all(one.id in used for one in others) or sum(one.id in used for one in others) > 250
    assert found.capped[0].which in ("token 77 in ko", "user flooder") and found.capped[0].left_out > 2_000
    assert "77" in json.dumps(found.as_dict())


def test_no_language_has_more_than_its_share(store: EventStore) -> None:
    store.add([event(n, language="zh" if n % 10 else "de", token_id=n) for n in range(2_000)])
    found = select(store, Selection(max_points=300, max_held_out=60))
    counts = Counter(group.language for group in found.train)
    assert counts["zh"] == 150 and counts["de"] >= 140
    assert ("max_language_share", "zh") in [(cap.reason, cap.which) for cap in found.capped]


def test_a_long_answer_does_not_crowd_the_others_out(store: EventStore) -> None:
    ids = tuple(random.Random(0).randrange(49_152) for _ in range(100))
    long = [event(n, request_id="long", prompt_ids=ids[:9], output_ids=ids[9 : 9 + n], position=n) for n in range(90)]
    store.add([*long, *(event(200 + n) for n in range(20))])
    found = select(store, Selection(max_per_request=8))
    assert sum(len(g.points) for g in (*found.train, *found.held_out) if g.request_id == "long") == 8
    assert [(cap.which, cap.left_out) for cap in found.capped] == [("request long", 82)]


def test_unfit_prompts_make_room_for_others(store: EventStore) -> None:
    store.add([event(n) for n in range(400)])
    unfit = lambda event: "no example" if int(event.id, 16) % 2 else None  # noqa: E731
    found = select(store, Selection(max_points=120, max_held_out=20), unfit=unfit)
    assert sum(len(g.points) for g in found.train) == 120
    assert found.dropped["no example"] > 50


POISON = {
    "another base model": {"base_fingerprint": "other"},
    "another tokenizer": {"tokenizer_fingerprint": "other"},
    "token ids outside the vocabulary": {"output_ids": (1, 99_999_999), "position": 2},
    "no context": {"prompt_ids": (), "output_ids": (), "position": 0},
    "too long": {"prompt_ids": tuple(range(4_000))},
    "unknown language": {"language": "nowhere"},
    "an uncertain expected language": {"confidence": 0.2},
    "impossible probabilities": {"candidates": (Candidate(1, math.nan, True), Candidate(2, -1.0, False))},
}


@pytest.mark.parametrize("reason", POISON)
def test_poison_is_refused_and_named(store: EventStore, reason: str) -> None:
    store.add([*(event(n) for n in range(60)), *(event(n, **POISON[reason]) for n in range(100, 107))])
    found = select(store)
    assert found.dropped == {reason: 7}
    assert found.points == 60
    assert found.as_dict()["dropped"] == {reason: 7}


@pytest.mark.parametrize("change", [{"token_id": 50_000}, {"token_id": -1}, {"confusion_mass": 7.5}])
def test_impossible_values_are_refused(store: EventStore, change: dict[str, float]) -> None:
    store.add([*(event(n) for n in range(40)), event(100, **change)])
    assert sum(select(store).dropped.values()) == 1


def test_too_little_says_why(store: EventStore) -> None:
    store.add([*(event(n) for n in range(6)), event(50, base_fingerprint="other")])
    with pytest.raises(TooFewEventsError, match=r"6 usable events in .*1 another base model.*needs 32"):
        select(store).require_enough(32)
    assert select(store).require_enough(3) is None
