"""Fresh answers to logged prompts, and where they drift."""

from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import RolloutSettings
from distill.tlpo.batches import features
from distill.tlpo.rollouts import RolloutSource
from distill.tlpo.trainer import TLPOConfig, TLPOTrainer


def source(batch, rules_of, **settings):
    return RolloutSource(
        batch,
        rules_of,
        RolloutSettings(**{"per_prompt": 3, "max_new_tokens": 6, "temperature": 1.0, **settings}),
        2,
        seed=4,
    )


def test_points_are_the_first_drifts_of_answers_to_logged_prompts(small_llama, batch, rules_of):
    found = source(batch, rules_of)(small_llama, 0)
    prompts = {group.ids[: group.prompt_length]: group for group in batch}
    assert found
    for group in found:
        assert group.ids[: group.prompt_length] in prompts
        assert group.points == (len(group.ids) - 1,)
        assert rules_of(group).first_drift(group.ids[group.prompt_length :]) is None  # what stands before it is clean
        assert group.event_ids == ()


def test_every_step_has_answers_of_its_own_and_the_same_step_the_same(small_llama, batch, rules_of):
    rollouts = source(batch, rules_of)
    assert rollouts(small_llama, 1) == rollouts(small_llama, 1)
    assert rollouts(small_llama, 1) != rollouts(small_llama, 2)


def test_prompts_take_turns(small_llama, batch, rules_of):
    rollouts = source(batch, rules_of, prompts=1)
    prompts = [{g.ids[: g.prompt_length] for g in rollouts(small_llama, step)} for step in range(16)]
    assert all(len(found) <= 1 for found in prompts)
    assert len(set().union(*prompts)) >= 2


def test_a_step_learns_from_them_too(small_llama, batch, rules_of, tmp_path):
    torch.manual_seed(0)
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    seen = []

    def rollouts(model, step):
        found = source(batch, rules_of)(model, step)
        seen.append((step, len(found)))
        return found

    class Counting(TLPOTrainer):
        points = 0

        def compute_loss(self, model, inputs, *args, **kwargs):
            Counting.points += inputs["batch"].points
            return super().compute_loss(model, inputs, *args, **kwargs)

    args = TLPOConfig(output_dir=str(tmp_path), max_steps=2, learning_rate=1e-3, points_per_step=4)
    rows = features(batch)
    Counting(model=model, args=args, train_dataset=rows, rules_of=rules_of, rollouts=rollouts).train()
    assert [step for step, _ in seen] == [0, 1]
    logged = sum(map(len, rows["points"]))
    assert Counting.points == 2 * logged + sum(count for _, count in seen)


def test_alone_the_points_of_a_round_last_for_several_steps(small_llama, batch, rules_of):
    rollouts = source(batch, rules_of, alone=True)
    round_of = source(batch, rules_of)(small_llama, 0)
    steps = [rollouts(small_llama, step) for step in range(len(round_of) // 2)]
    assert [len(step) for step in steps] == [2] * len(steps)
    assert [group for step in steps for group in step] == round_of[: 2 * len(steps)]


def test_alone_nothing_else_is_learnt_from(small_llama, batch, rules_of, tmp_path):
    torch.manual_seed(0)
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    learnt = []

    class Watching(TLPOTrainer):
        def compute_loss(self, model, inputs, *args, **kwargs):
            learnt.extend(inputs["batch"].groups)
            return super().compute_loss(model, inputs, *args, **kwargs)

    fresh = source(batch, rules_of)(model, 0)
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=2, learning_rate=1e-3, only_rollouts=True)
    Watching(
        model=model,
        args=args,
        train_dataset=features(batch),
        rules_of=rules_of,
        rollouts=lambda model, step: fresh if step == 0 else [],
    ).train()
    assert learnt[: len(fresh)] == sorted(fresh, key=lambda group: len(group.ids))
    assert len(learnt) > len(fresh)  # nothing drifted any more
    assert all(group.request_id == "" for group in learnt[len(fresh) :])


@pytest.mark.parametrize("count", [1, 5])
def test_alone_a_batch_that_gets_no_fresh_point_keeps_none_of_the_log(small_llama, batch, rules_of, tmp_path, count):
    torch.manual_seed(0)
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    fresh = [replace(batch[2], request_id="fresh", ids=(*batch[2].ids, n)) for n in range(count)]
    steps = []

    class Watching(TLPOTrainer):
        def get_batch_samples(self, *args):
            batches, total = super().get_batch_samples(*args)
            steps.append(([group for b in batches for group in b["batch"].groups], len(batches), total))
            return batches, total

    args = TLPOConfig(
        output_dir=str(tmp_path), max_steps=1, only_rollouts=True, per_device_train_batch_size=1, points_per_step=8
    )
    rows = features(batch, most_points=1)
    Watching(model=model, args=args, train_dataset=rows, rules_of=rules_of, rollouts=lambda *_: fresh).train()
    ((held, batches, points),) = steps
    assert batches > count
    assert sorted(held, key=lambda group: group.ids) == fresh and points == 2 * count


def test_processes_that_train_together_answer_prompts_of_their_own(small_llama, batch, rules_of):
    settings = RolloutSettings(per_prompt=8, max_new_tokens=6, temperature=1.0, alone=True)
    prompts = {group.ids[: group.prompt_length] for group in batch}
    sources = [RolloutSource(batch, rules_of, settings, 4, seed=4, share=(i, 2)) for i in range(2)]
    found = [source(small_llama, 0) for source in sources]
    assert [len(points) for points in found] == [2, 2]  # four of both together
    of_each = [{group.ids[: group.prompt_length] for group in source._prompts} for source in sources]
    assert of_each[0] | of_each[1] == prompts and not of_each[0] & of_each[1]
    for points, own in zip(found, of_each, strict=True):
        assert {group.ids[: group.prompt_length] for group in points} <= own
