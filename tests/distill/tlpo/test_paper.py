"""The trainer with the paper's settings, held against Algorithm 1 of the TLPO paper written out: one sequence a candidate."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import load_config
from distill.run.adapter_training import training_arguments
from distill.tlpo.batches import features
from distill.tlpo.exploration import explore
from distill.tlpo.trainer import TLPOTrainer

STEPS, RATE = 10, 1e-3
EPSILON = 1e-4  # of Adam, which would else make noise of float32 in vanishing gradients as large as any


def rates(steps, highest):
    """Ten per cent of warm-up, from above 0, then a cosine down to a tenth."""
    warm_up = math.ceil(0.1 * steps)
    for step in range(steps):
        if step < warm_up:
            yield highest * (step + 1) / warm_up
        else:
            progress = (step - warm_up + 1) / (steps - warm_up)
            yield highest * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * progress)))


def by_hand(model, reference, points, rules_of):
    """The loss of one step: 16 candidates of each point, each in a sequence of its own, at temperature 1."""
    losses = []
    for group in points:
        context = list(group.ids[: group.points[0] + 1])
        probs = model(torch.tensor([context])).logits[0, -1].float().softmax(-1).detach()
        candidates = probs.topk(16).indices.tolist()
        chances = [float(probs[c]) for c in candidates]
        rewards = [-1.0 if leaves(model, context, c, group, rules_of) else 1.0 for c in candidates]
        if len(set(rewards)) < 2:
            continue
        mean = sum(p * r for p, r in zip(chances, rewards, strict=True)) / sum(chances)
        parts = [p * (r - mean) for p, r in zip(chances, rewards, strict=True)]
        whole = sum(map(abs, parts))
        terms = []
        for candidate, part, chance in zip(candidates, parts, chances, strict=True):
            now = logp(model, context, candidate)
            with torch.no_grad():
                gap = logp(reference, context, candidate) - now
            gap = gap + now.detach() - now  # the same number, with the policy's gradient
            ratio = (now - math.log(chance)).exp()
            gain = torch.minimum(ratio * part / whole, ratio.clamp(0.8, 1.2) * part / whole)
            terms.append(gain - 0.04 * (gap.exp() - gap - 1))
        losses.append(-sum(terms) / len(terms))
    return sum(losses) / len(points)


def logp(model, context, candidate):
    return model(torch.tensor([[*context, candidate]])).logits[0, -2].float().log_softmax(-1)[candidate]


@torch.no_grad()
def leaves(model, context, candidate, group, rules_of):
    """Whether the candidate and its three greedy tokens leave the language."""
    branch = [candidate]
    for _ in range(3):
        branch.append(int(model(torch.tensor([[*context, *branch]])).logits[0, -1].argmax()))
    return rules_of(group).drifts(context[group.prompt_length :], branch)


@pytest.mark.parametrize("whole_model", [False, True])
def test_ten_steps_of_the_recipe_are_those_of_the_algorithm_written_out(
    gentle_llama, batch, rules_of, tmp_path, whole_model
):
    config = load_config({"recipe": "paper", "training.max_steps": STEPS, "training.learning_rate": RATE})
    groups = one_point_each(batch)
    ours, plain = prepared(gentle_llama, whole_model), prepared(gentle_llama, whole_model)
    args = training_arguments(config, tmp_path)
    args.adam_epsilon = EPSILON
    rows, rollouts = features(groups), lambda model, step: at(groups, step)
    trainer = TLPOTrainer(model=ours, args=args, train_dataset=rows, rules_of=rules_of, rollouts=rollouts)
    trainer.train()
    run_by_hand(plain, copy.deepcopy(gentle_llama), groups, rules_of)
    for (name, mine), (_, other) in zip(trained(ours), trained(plain), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=0, msg=lambda told, name=name: f"{name}: {told}")
    start = prepared(gentle_llama, whole_model)
    assert (
        max(float((mine - old).abs().max()) for (_, mine), (_, old) in zip(trained(ours), trained(start), strict=True))
        > 1e-3
    )
    before, after = (float(explore(m, groups, rules_of).confusion_mass.mean()) for m in (gentle_llama, ours.eval()))
    assert after < before


def run_by_hand(model, reference, groups, rules_of):
    """AdamW over the same points; as usual, norms do not decay."""
    norms = [p for name, p in model.named_parameters() if p.requires_grad and "norm" in name]
    others = [p for name, p in model.named_parameters() if p.requires_grad and "norm" not in name]
    tables = [{"params": others, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(tables, lr=RATE, betas=(0.9, 0.95), eps=EPSILON)
    for step, now in enumerate(rates(STEPS, RATE)):
        for table in optimizer.param_groups:
            table["lr"] = now
        for parameter in others + norms:
            parameter.grad = torch.zeros_like(parameter)
        loss = by_hand(model.eval(), reference, at(groups, step), rules_of)
        if isinstance(loss, torch.Tensor):
            loss.backward()
        torch.nn.utils.clip_grad_norm_(others + norms, 1.0)
        optimizer.step()


def prepared(model, whole_model):
    torch.manual_seed(0)
    fresh = copy.deepcopy(model)
    return fresh if whole_model else get_peft_model(fresh, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear"))


def trained(model):
    return [(name, p.detach()) for name, p in model.named_parameters() if p.requires_grad]


def one_point_each(batch):
    return [replace(group, ids=group.ids[: p + 1], points=(p,)) for group in batch for p in group.points]


def at(groups, step):
    """Three points of each step, by turns, in place of fresh answers."""
    return [groups[(3 * step + i) % len(groups)] for i in range(3)]
