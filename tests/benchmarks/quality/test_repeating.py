import pytest
import torch

from benchmarks.quality.ability.repeating import mass_that_repeats, repeating_tokens
from distill.policy_model.likelihood import Completion


def test_tokens_repeat_where_they_would_follow_the_same_three_as_before():
    assert repeating_tokens([1, 2, 3, 4, 5]) == {}
    assert repeating_tokens([1, 2, 3, 4, 1, 2, 3, 5]) == {7: [4]}
    assert repeating_tokens([1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3, 6]) == {7: [4], 11: [4, 5]}
    assert repeating_tokens([1, 2, 3, 4, 1, 2, 3, 4]) == {}  # it does repeat itself there


def test_mass_that_repeats_is_what_the_model_gives_these_tokens(gentle_llama):
    text = Completion((5, 6, 7), (1, 2, 3, 4, 1, 2, 3, 5))
    plain = Completion((5, 6, 7), (1, 2, 3, 4))
    found = mass_that_repeats(gentle_llama, {"ko": {"a": text, "b": plain}})
    with torch.no_grad():
        logits = gentle_llama(torch.tensor([[*text.prompt_ids, *text.ids]])).logits[0, 3 + 7 - 1]
    assert found == {"ko": {"a": [pytest.approx(float((logits / 0.6).softmax(dim=-1)[4]), rel=1e-3)]}}
