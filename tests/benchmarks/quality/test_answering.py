from functools import partial

import pytest
import torch

from benchmarks.quality.answering import draw_seed, sample
from distill.policy_model.answers import generate

PROMPTS = [(1, 2, 3), (256, 257, 258, 259, 260, 261, 262, 263, 40), (70,), tuple(range(60, 90))]


def cold(model, prompts, **options):
    """Next to no chance: the greedy answers."""
    (answers,) = sample(model, prompts, temperature=1e-4, seeds=[0], **options)
    return answers


def test_at_next_to_no_temperature_answers_are_the_greedy_ones(small_llama):
    expected = generate(small_llama, PROMPTS, max_new_tokens=20)
    assert cold(small_llama, PROMPTS, max_new_tokens=20) == expected
    assert cold(small_llama, PROMPTS, max_new_tokens=20, rows=2) == expected


def test_rows_that_end_leave_the_batch_and_the_others_go_on(small_llama):
    end = generate(small_llama, PROMPTS[:1], max_new_tokens=20)[0][4]
    small_llama.generation_config.eos_token_id = small_llama.config.eos_token_id = end
    expected = generate(small_llama, PROMPTS, max_new_tokens=20)
    assert len(set(map(len, expected))) > 1
    assert cold(small_llama, PROMPTS, max_new_tokens=20) == expected


def test_draws_follow_the_models_distribution(small_llama):
    prompt = (1, 2, 3)
    (drawn,) = sample(small_llama, [prompt] * 1000, max_new_tokens=1, temperature=1.0, seeds=[3], rows=500)
    with torch.no_grad():
        probs = small_llama(torch.tensor([prompt])).logits[0, -1].softmax(-1)
    best = int(probs.argmax())
    share = sum(answer == (best,) for answer in drawn) / 1000
    assert abs(share - float(probs[best])) < 0.06


def test_a_draw_repeats_by_its_seed_and_leaves_the_global_generator(small_llama):
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = sample(small_llama, PROMPTS, max_new_tokens=9, temperature=1.0, seeds=[1])
    assert torch.equal(torch.get_rng_state(), state)
    assert sample(small_llama, PROMPTS, max_new_tokens=9, temperature=1.0, seeds=[1]) == first
    assert sample(small_llama, PROMPTS, max_new_tokens=9, temperature=1.0, seeds=[2]) != first
    assert draw_seed("ko", 0) != draw_seed("ko", 1) != draw_seed("zh", 1)


def test_draws_made_together_are_those_made_alone(small_llama):
    together = sample(small_llama, PROMPTS, max_new_tokens=12, temperature=1.0, seeds=[4, 5, 6], rows=6)
    alone = [sample(small_llama, PROMPTS, max_new_tokens=12, temperature=1.0, seeds=[seed])[0] for seed in (4, 5, 6)]
    assert together == alone
    assert len({tuple(answers) for answers in together}) == 3


def test_a_window_shorter_than_an_answer_is_refused(small_llama):
    for layer in small_llama.model.layers:
        own = layer.self_attn.forward
        layer.self_attn.forward = partial(own, sliding_window=8)
    with pytest.raises(ValueError, match="window of 8 tokens"):
        sample(small_llama, PROMPTS, max_new_tokens=9, temperature=1.0, seeds=[1])
