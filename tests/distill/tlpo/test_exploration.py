from dataclasses import replace

import pytest
import torch

from distill.policy_model.cpu_attention import attend_on_cpu
from distill.tlpo.exploration import ENDED, Depths, drifting_mass, explore, tail_logp

TEMPERATURE = 0.6


@pytest.fixture(params=["padded", "eager", "in one row"])
def model(request, small_llama):
    """Sequences and branches lie beside one another, or in one row as on a CPU."""
    if request.param == "eager":
        small_llama.set_attn_implementation("eager")
    if request.param == "in one row":
        attend_on_cpu(small_llama)
    return small_llama


def reference(model, group, point, k, steps):
    """One point the plain way: K full sequences, one at a time."""
    context = list(group.ids[: point + 1])
    logp = (model(torch.tensor([context])).logits[0, -1].float() / TEMPERATURE).log_softmax(-1)
    values, candidates = logp.topk(k)
    ahead = []
    for candidate in candidates.tolist():
        sequence, found = [*context, candidate], []
        for _ in range(steps):
            ended = sequence[-1] in (ENDED, model.config.eos_token_id)
            token = ENDED if ended else model(torch.tensor([sequence])).logits[0, -1].argmax().item()
            sequence.append(token)
            found.append(ENDED if token == model.config.eos_token_id else token)
        ahead.append(found)
    return candidates.tolist(), values, ahead


@torch.no_grad()
def test_shared_cache_equals_separate_full_sequences(model, batch, rules_of):
    explored = explore(model, batch, rules_of, k=16, look_ahead=3, temperature=TEMPERATURE)
    points = [(group, point) for group in batch for point in group.points]
    for row, (group, point) in enumerate(points):
        candidates, logp, ahead = reference(model, group, point, 16, 3)
        assert explored.candidate_ids[row].tolist() == candidates
        torch.testing.assert_close(explored.logp_old[row], logp, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(explored.probs[row], logp.exp(), atol=1e-5, rtol=1e-4)
        rules, before = rules_of(group), group.output_before(point)
        decided = [rules.has_drifted(before, [candidate]) for candidate in candidates]
        for candidate, own, expected, found in zip(
            candidates, decided, ahead, explored.look_ahead_ids[row].tolist(), strict=True
        ):
            told = [token for token in found if token != ENDED]
            assert told == [] if own else found == expected or rules.has_drifted(before, [candidate, *told])
            assert own or told == expected[: len(told)]


def test_rewards_follow_the_text_of_each_branch(model, batch, rules_of, vocabulary):
    explored = explore(model, batch, rules_of, temperature=TEMPERATURE)
    points = [(group, point) for group in batch for point in group.points]
    assert set(explored.rewards.flatten().tolist()) == {1.0, -1.0}
    for row, (group, point) in enumerate(points):
        rules = rules_of(group)
        for column, candidate in enumerate(explored.candidate_ids[row].tolist()):
            branch = [candidate, *(t for t in explored.look_ahead_ids[row, column].tolist() if t != ENDED)]
            drifts = rules.drifts(group.output_before(point), branch)
            assert explored.rewards[row, column] == (-1.0 if drifts else 1.0)


def test_look_ahead_stops_at_the_end_of_the_answer(model, batch, rules_of):
    first = explore(model, batch, rules_of)
    tokens = first.look_ahead_ids[:, :, 0]
    common = tokens[tokens != ENDED].mode().values.item()
    model.config.eos_token_id = model.generation_config.eos_token_id = common
    ahead = explore(model, batch, rules_of).look_ahead_ids
    assert (ahead[..., 0] == ENDED).any() and not (ahead == common).any()
    after_end = ahead[..., :-1] == ENDED
    assert (ahead[..., 1:][after_end] == ENDED).all()


def test_confusion_mass_is_the_probability_of_drifting_tokens(batch, rules_of):
    count = sum(len(group.points) for group in batch)
    mass, top = drifting_mass(torch.full((count, 304), 1 / 304), batch, rules_of)
    rules = rules_of(batch[1])
    assert mass[4].item() == pytest.approx(rules.drifting(()).mean())
    assert mass[3].item() == pytest.approx(rules_of(batch[0]).blocked((0xEA, 0xB0)).mean())
    certain = torch.zeros(count, 304)
    certain[:, 259] = 1.0  # Han
    mass, top = drifting_mass(certain, batch, rules_of)
    assert top.all() and mass.tolist() == [1.0] * count


def test_the_tail_is_what_drifts_beyond_the_candidates(model, batch, rules_of):
    explored = explore(model, batch, rules_of, k=4, temperature=TEMPERATURE, tail=True)
    points = [(group, point) for group in batch for point in group.points]
    for row, (group, point) in enumerate(points):
        context = torch.tensor([group.ids[: point + 1]])
        probs = (model(context).logits[0, -1].float() / TEMPERATURE).softmax(-1)
        drifting = rules_of(group).drifting(group.output_before(point))
        beyond = [i for i in range(304) if drifting[i] and i not in explored.candidate_ids[row].tolist()]
        assert explored.tail[row].nonzero().flatten().tolist() == beyond
        assert explored.tail_logp[row].exp().item() == pytest.approx(probs[beyond].sum().item(), rel=1e-3)


def test_an_empty_tail_has_a_gradient_that_is_zero():
    logp = torch.randn(2, 5).log_softmax(-1).requires_grad_()
    tail = torch.tensor([[False] * 5, [True, False, False, True, False]])
    together = tail_logp(logp, tail)
    assert together[0] == 0.0 and together[1].item() == pytest.approx(
        logp[1].exp()[tail[1]].sum().log().item(), rel=1e-5
    )
    together.sum().backward()
    assert logp.grad[0].tolist() == [0.0] * 5 and logp.grad[1].sum().item() == pytest.approx(1.0, rel=1e-5)


def test_points_with_one_reward_are_not_useful(model, batch, rules_of):
    explored = explore(model, batch, rules_of)
    for row, useful in enumerate(explored.useful.tolist()):
        assert useful == (len(set(explored.rewards[row].tolist())) == 2)


def test_where_words_decide_the_look_ahead_is_deeper(model, batch, rules_of):
    mixed = [replace(batch[0], language="de"), *batch[1:]]
    whole = explore(model, mixed, rules_of, look_ahead=5).look_ahead_ids
    explored = explore(model, mixed, rules_of, look_ahead=Depths(script=2, words=5)).look_ahead_ids
    assert explored.shape == whole.shape
    first = 0
    for group in mixed:
        rows = slice(first, first + len(group.points))
        first = rows.stop
        depth = 2 if rules_of(group).script_decides else 5
        assert torch.equal(explored[rows, :, :depth], whole[rows, :, :depth])
        assert (explored[rows, :, depth:] == ENDED).all()
