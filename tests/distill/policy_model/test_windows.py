from types import SimpleNamespace

import pytest

from distill.policy_model.windows import sees_all


@pytest.mark.parametrize(
    ("kinds", "window", "expected"),
    [
        (None, None, True),
        (None, 8, True),
        (None, 7, False),
        (["full_attention", "sliding_attention"], 7, False),
        (["full_attention", "full_attention"], 7, True),
        (["full_attention", "linear_attention"], None, False),
    ],
)
def test_all_is_seen_where_no_layer_looks_less_far_back_than_eight_tokens(kinds, window, expected):
    assert sees_all(SimpleNamespace(layer_types=kinds, sliding_window=window), 8) is expected
