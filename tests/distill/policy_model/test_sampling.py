from functools import partial

import pytest
import torch

from distill.policy_model.sampling import sample
from tests.distill.conftest import ENDING

PROMPTS = [(1, 2, 3), (256, 257, 258, 259, 260, 261, 262, 263, 40), (70,), tuple(range(60, 90))]


def plain(model, prompts, steps, end=ENDING):
    """Greedy answers to single prompts, without a cache."""
    answers = []
    for prompt in prompts:
        ids = list(prompt)
        for _ in range(steps):
            with torch.no_grad():
                token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
            if token == end:
                break
            ids.append(token)
        answers.append(tuple(ids[len(prompt) :]))
    return answers


def greedy(model, prompts, steps, **options):
    (answers,) = sample(model, prompts, max_new_tokens=steps, temperature=None, seeds=[0], **options)
    return answers


@pytest.mark.parametrize("options", [{}, {"rows": 2}, {"most_keys": 60}])
def test_greedy_answers_are_those_of_single_prompts(small_llama, options):
    assert greedy(small_llama, PROMPTS, 20, **options) == plain(small_llama, PROMPTS, 20)


def test_at_next_to_no_temperature_answers_are_the_greedy_ones(small_llama):
    (cold,) = sample(small_llama, PROMPTS, max_new_tokens=20, temperature=1e-4, seeds=[0])
    assert cold == plain(small_llama, PROMPTS, 20)


def test_rows_that_end_leave_the_batch_and_the_others_go_on(small_llama):
    end = plain(small_llama, PROMPTS[:1], 20)[0][4]
    small_llama.generation_config.eos_token_id = small_llama.config.eos_token_id = end
    expected = plain(small_llama, PROMPTS, 20, end)
    assert len(set(map(len, expected))) > 1
    assert greedy(small_llama, PROMPTS, 20) == expected


def test_a_rule_sees_what_each_prompt_has_been_answered_and_decides(small_llama):
    """Each answer counts up from its prompt's number and ends by itself, so that rows leave the batch."""
    seen = []

    def rule(prompts, written, scores):
        assert scores.dtype == torch.float32 and len(prompts) == len(written) == len(scores)
        seen.append(len(prompts))
        wanted = 10 * prompts + written.shape[1]
        for row, number in zip(written.tolist(), prompts.tolist(), strict=True):
            known = [token for token in row if token != ENDING]
            assert known == [10 * number + i for i in range(len(known))]
        wanted = torch.where(written.shape[1] > 2 * prompts, ENDING, wanted)
        return torch.full_like(scores, -torch.inf).scatter(1, wanted[:, None], 0.0)

    by_draw = sample(small_llama, PROMPTS, max_new_tokens=9, temperature=1.0, seeds=[1, 2], rule=rule)
    assert by_draw == [[tuple(range(10 * n, 10 * n + 2 * n + 1)) for n in range(4)]] * 2
    assert seen[0] == 8 and seen[-1] == 2


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


def test_a_model_in_float32_answers_under_autocast(small_llama):
    with torch.autocast("cpu", torch.bfloat16):
        found = greedy(small_llama, PROMPTS, 20)
    expected = plain(small_llama, PROMPTS, 20)
    assert [answer[:1] for answer in found] == [answer[:1] for answer in expected]
