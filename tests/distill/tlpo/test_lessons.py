"""What a step learns from loses nothing when it is explored together and dealt out anew."""

import torch

from distill.policy_model.partial import Kept
from distill.selection.groups import Group
from distill.tlpo.lessons import OldPolicy, dealt, explored_together, kept_of, lessons_of, packed, together


def group(length, *points):
    return Group(f"r{length}", tuple(range(length)), 1, points, "ko")


def old_policy(keep, rows=0, length=0):
    count = len(keep)
    ids, plain = torch.arange(count * 3).view(count, 3), torch.rand(count, 3)
    tail = torch.arange(count)[:, None] == torch.arange(5)
    below = torch.arange(rows * length * 2.0).view(rows, length, 2) if rows else None
    return OldPolicy(ids, plain, plain + 1, plain + 2, torch.tensor(keep), plain[:, 0], tail, Kept(below))


def test_lessons_are_the_points_that_teach_and_go_together_again():
    groups = [group(9, 2, 5, 8), group(6, 5), group(8, 3, 7)]
    old = old_policy([True, True, False, False, False, True], rows=3, length=9)
    found = lessons_of(groups, old)
    assert [(len(lesson.group.ids), lesson.group.points) for lesson in found] == [(6, (2, 5)), (8, (7,))]
    whole = together(found)
    assert whole.candidate_ids.tolist() == old.candidate_ids[[0, 1, 5]].tolist()
    assert torch.equal(whole.rewards, old.rewards[[0, 1, 5]]) and torch.equal(whole.tail, old.tail[[0, 1, 5]])
    below = kept_of(found).below
    assert torch.equal(below[0, :6], old.kept.below[0, :6]) and not below[0, 6:].any()
    assert torch.equal(below[1], old.kept.below[2, :8])


def test_one_point_stays_only_where_a_gradient_is_waited_for():
    groups, old = [group(9, 2, 5)], old_policy([False, False])
    assert lessons_of(groups, old) == []
    (lesson,) = lessons_of(groups, old, at_least_one=True)
    assert lesson.group.points == (2,) and not lesson.old.keep.any()


def test_lessons_are_packed_by_length_into_few_parts():
    groups = [group(n, n - 1) for n in (30, 10, 50, 20, 40)]
    found = lessons_of(groups, old_policy([True] * 5))
    parts = packed(found, 3, 4)
    assert [[len(lesson.group.ids) for lesson in part] for part in parts] == [[10, 20], [30, 40, 50], [], []]
    assert packed([], 3, 2) == [[], []]


def test_short_sequences_are_explored_together_and_long_ones_as_many_as_a_batch_holds():
    short, long = [group(20, 19) for _ in range(30)], [group(900, 899) for _ in range(6)]
    fitting = [range(6, 36), range(6)]
    assert [len(part) for part in explored_together([*long, *short], 4, fitting)] == [30, 4, 2]
    many = [group(40, *range(1, 31)) for _ in range(5)]
    assert [len(part) for part in explored_together(many, 4, [range(5)])] == [2, 2, 1]


def test_every_turn_of_the_anchors_is_dealt_out_and_empty_parts_take_most():
    assert dealt(4, [8, 8, 0, 0], 8) == [[], [], [0, 1, 2, 3], []]
    assert dealt(2, [8, 8], 8) == [[0], [1]]
    assert sorted(turn for part in dealt(6, [8, 8, 8, 5, 0, 0], 8) for turn in part) == list(range(6))
