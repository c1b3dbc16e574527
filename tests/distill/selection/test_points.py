from dataclasses import replace
from datetime import UTC, datetime

import pytest

from distill.selection.groups import Base, group_events, split
from tlpo_guard.events.record import Event

BASE = Base(fingerprint="base", tokenizer_fingerprint="tokens", size=100)
PLAIN = Event(
    id="e0",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    request_id="r1",
    user=None,
    model="m",
    base_fingerprint="base",
    tokenizer_fingerprint="tokens",
    adapter_version="base",
    language="ko",
    decided_by="request",
    confidence=1.0,
    allow_english=True,
    allow_hanja=False,
    prompt_ids=(1, 2, 3),
    output_ids=(),
    position=0,
    token_id=9,
    kind="script",
    candidates=(),
    confusion_mass=0.3,
    action="masked",
    replacement_id=4,
    temperature=0.6,
    top_p=1.0,
    top_k=None,
    seed=None,
    detector_version="script-1",
)


def event(number, output=(), **changes):
    return replace(PLAIN, id=f"e{number}", output_ids=tuple(output), position=len(output), **changes)


def test_prefixes_share_the_longest_sequence():
    grouping = group_events([event(1, (10, 11)), event(2), event(3, (10, 11, 12, 13))], BASE)
    (group,) = grouping.groups
    assert group.ids == (1, 2, 3, 10, 11, 12, 13)
    assert group.points == (2, 4, 6) and group.event_ids == ("e2", "e1", "e3")
    assert [group.output_before(p) for p in group.points] == [(), (10, 11), (10, 11, 12, 13)]
    assert not grouping.dropped and grouping.points == 3


def test_an_output_that_is_no_prefix_gets_its_own_group():
    groups = group_events([event(1, (10, 11, 12)), event(2, (10, 99)), event(3, (10,))], BASE).groups
    assert [(g.ids[3:], g.points) for g in groups] == [((10, 11, 12), (3, 5)), ((10, 99), (4,))]


def test_other_requests_and_policies_are_kept_apart():
    events = [event(1, (10,)), event(2, (10,), request_id="r2"), event(3, (10,), allow_english=False)]
    assert len(group_events(events, BASE).groups) == 3


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("another base model", {"base_fingerprint": "else"}),
        ("another tokenizer", {"tokenizer_fingerprint": "else"}),
        ("no context", {"prompt_ids": ()}),
        ("token ids outside the vocabulary", {"prompt_ids": (1, 100)}),
        ("too long", {"prompt_ids": (1,) * 3000}),
        ("unknown language", {"language": "xx-nonsense"}),
    ],
)
def test_unusable_events_are_counted_by_reason(reason, changes):
    grouping = group_events([event(1), event(2, **changes)], BASE)
    assert len(grouping.groups) == 1 and grouping.dropped == {reason: 1}


def test_a_context_that_was_not_logged_in_full_is_dropped():
    lost = replace(event(1), output_ids=(), position=7)
    assert group_events([lost], BASE).dropped == {"no context": 1}


def test_the_same_point_counts_once():
    grouping = group_events([event(1, (10,)), event(2, (10,))], BASE)
    assert grouping.points == 1 and grouping.dropped == {"repeated": 1}


def test_split_is_stable_and_never_divides_a_request():
    events = [event(i, (10 + i % 5,), request_id=f"r{i // 2}") for i in range(400)]
    groups = group_events(events, BASE).groups
    train, held_out = split(groups)
    assert split(list(reversed(groups)))[1] == list(reversed(held_out))
    assert not {g.request_id for g in train} & {g.request_id for g in held_out}
    assert 0.1 < len(held_out) / len(groups) < 0.3
    assert split(groups, 0.0) == (groups, []) and split(groups, 1.0) == ([], groups)


def test_scripts_that_a_request_allowed_are_kept():
    groups = group_events([event(1, (10,), scripts="Grek"), event(2, (10,))], BASE).groups
    assert sorted(g.scripts for g in groups) == ["", "Grek"]
