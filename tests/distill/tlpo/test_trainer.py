import copy
from dataclasses import replace

import pytest
import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import TrainerCallback

from distill.policy_model.bucketing import alike
from distill.policy_model.forward import rows_at_points
from distill.policy_model.frozen_linear import fold_frozen
from distill.selection.groups import Group
from distill.tlpo.batches import by_length, collate, features, oversampled
from distill.tlpo.exploration import barred_tokens, explore
from distill.tlpo.trainer import TLPOConfig, TLPOTrainer


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_training_lowers_the_confusion_at_its_points(small_llama, batch, rules_of, tmp_path, dtype):
    torch.manual_seed(0)
    model = get_peft_model(small_llama.to(dtype), LoraConfig(r=8, lora_alpha=16, target_modules="all-linear"))
    before = explore(model, batch, rules_of).confusion_mass.mean()
    frozen = {name: p.clone() for name, p in model.named_parameters() if not p.requires_grad}
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=12, learning_rate=3e-3, seed=1)
    trainer = TLPOTrainer(model=model, args=args, train_dataset=features(batch, most_points=2), rules_of=rules_of)
    trainer.train()
    assert explore(model, batch, rules_of).confusion_mass.mean() < 0.8 * before
    assert all(torch.equal(p, frozen[name]) for name, p in model.named_parameters() if name in frozen)
    assert {p.dtype for p in model.parameters() if p.requires_grad} == {torch.float32}
    assert {"loss", "kl", "confusion_mass", "useful_points"} <= trainer.state.log_history[0].keys()


def test_what_drifts_beyond_the_candidates_falls_with_the_tail(small_llama, batch, rules_of, tmp_path):
    def beyond(model):
        return float(explore(model, batch, rules_of, k=2, tail=True).tail_logp.exp().mean())

    left = {}
    for tail in (True, False):
        torch.manual_seed(0)
        model = get_peft_model(copy.deepcopy(small_llama), LoraConfig(r=8, lora_alpha=16, target_modules="all-linear"))
        args = TLPOConfig(
            output_dir=str(tmp_path), max_steps=12, learning_rate=3e-3, num_candidates=2, kl_beta=0.0, tail=tail
        )
        TLPOTrainer(model=model, args=args, train_dataset=features(batch), rules_of=rules_of).train()
        left[tail] = beyond(model)
    assert left[True] < 0.9 * left[False] < 0.9 * beyond(small_llama)


def test_features_cut_long_point_lists_and_keep_every_point(batch):
    rows = features(batch, most_points=3)
    assert [row["points"] for row in rows] == [[7, 12, 20], [21], [4], [5, 11]]
    assert [len(row["input_ids"]) for row in rows] == [21, 22, 5, 12]


def test_rarer_languages_come_several_times():
    def points(count, language):
        return Group(language, tuple(range(count + 1)), 1, tuple(range(1, count + 1)), language)

    found = [g.language for g in oversampled([points(36, "zh"), points(9, "de"), points(4, "tr"), points(30, "ko")])]
    assert found == ["zh", *["de"] * 2, *["tr"] * 3, "ko"]
    assert oversampled([]) == []


def given(vocabulary_size=304, rows=16, k=6):
    generator = torch.Generator().manual_seed(2)
    found = []
    for _ in range(rows):
        ids = torch.randint(0, vocabulary_size, (10,), generator=generator).tolist()
        candidates = torch.randperm(vocabulary_size, generator=generator)[:k].tolist()
        found.append({"input_ids": ids, "candidate_ids": candidates, "rewards": [1.0, 1.0, -1.0, 1.0, -1.0, -1.0]})
    return Dataset.from_list(found)


def adapted(model, **options):
    torch.manual_seed(0)
    return get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", **options))


@torch.no_grad()
def good_share(model, rows):
    """Mean share of the candidates' probability that those with reward +1 have."""
    shares = []
    for row in rows:
        probs = model(torch.tensor([row["input_ids"]])).logits[0, -1].float().softmax(-1)[row["candidate_ids"]]
        shares.append(float(probs[torch.tensor(row["rewards"]) > 0].sum() / probs.sum()))
    return sum(shares) / len(shares)


@pytest.mark.parametrize("options", [{}, {"use_dora": True}, {"use_rslora": True, "lora_dropout": 0.1}])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_candidates_of_ones_own_need_no_detector(small_llama, tmp_path, options, checkpointing):
    model, rows = adapted(small_llama, **options), given()
    before = good_share(model.eval(), rows)
    args = TLPOConfig(
        output_dir=str(tmp_path),
        max_steps=8,
        learning_rate=3e-3,
        points_per_step=8,
        gradient_checkpointing=checkpointing,
    )
    TLPOTrainer(model=model, args=args, train_dataset=rows).train()
    assert good_share(model.eval(), rows) > before + 0.05


def test_a_run_goes_on_from_a_checkpoint_as_if_it_had_never_ended(small_llama, tmp_path):
    def train(folder, resume, save="no"):
        model = adapted(copy.deepcopy(small_llama))
        args = TLPOConfig(
            output_dir=str(folder), max_steps=6, learning_rate=3e-3, points_per_step=8, save_strategy=save, save_steps=3
        )
        trainer = TLPOTrainer(model=model, args=args, train_dataset=given())
        trainer.train(resume_from_checkpoint=resume)
        return {n: p for n, p in model.named_parameters() if p.requires_grad}

    whole = train(tmp_path / "whole", None, save="steps")
    resumed = train(tmp_path / "resumed", str(tmp_path / "whole" / "checkpoint-3"))
    for name, parameter in whole.items():
        torch.testing.assert_close(resumed[name], parameter, atol=1e-6, rtol=0)


def test_a_process_trains_on_one_device_however_many_it_sees(small_llama, batch, rules_of, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    seen = []

    class Watching(TLPOTrainer):
        def compute_loss(self, model, inputs, *args, **kwargs):
            seen.append((type(model), len(inputs["batch"].groups)))
            return super().compute_loss(model, inputs, *args, **kwargs)

    args = TLPOConfig(output_dir=str(tmp_path), max_steps=1, use_cpu=False, per_device_train_batch_size=2)
    Watching(model=adapted(small_llama), args=args, train_dataset=features(batch), rules_of=rules_of).train()
    assert args.n_gpu <= 1
    assert seen and all(kind is not torch.nn.DataParallel and size <= 2 for kind, size in seen)


def test_rows_without_candidates_need_rules(small_llama, batch, tmp_path):
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=1)
    trainer = TLPOTrainer(model=adapted(small_llama), args=args, train_dataset=features(batch))
    with pytest.raises(ValueError, match="rules_of"):
        trainer.train()


def test_frozen_layers_give_the_same_numbers_folded(small_llama):
    model = adapted(small_llama).eval()
    ids = torch.arange(24).view(3, 8)
    before = model(ids).logits
    fold_frozen(model)
    torch.testing.assert_close(model(ids).logits, before)


def test_sequences_of_like_length_go_together():
    groups = [Group("", tuple(range(n)), 1, (n - 1,), "ko") for n in (100, 10, 120, 11, 500, 12)]
    assert [[len(groups[i].ids) for i in chosen] for chosen in alike([len(g.ids) for g in groups])] == [
        [10, 11, 12],
        [100, 120],
        [500],
    ]
    assert alike([1, 200]) == [[0], [1]] and alike([1, 100]) == [[0, 1]]  # little padding costs less than a forward


def test_the_batches_of_a_step_are_sorted_by_length_and_lose_nothing():
    rows = list(given(rows=7).map(lambda row, i: {"input_ids": [1] * (2 + i * 3 % 7)}, with_indices=True))
    batches = by_length([collate(rows[start : start + 3])["batch"] for start in (0, 3, 6)])
    assert [len(batch.groups) for batch in batches] == [2, 2, 3]
    ordered = sorted(rows, key=lambda row: len(row["input_ids"]))
    groups = [group for batch in batches for group in batch.groups]
    assert [list(group.ids) for group in groups] == [row["input_ids"] for row in ordered]
    assert torch.cat([b.candidate_ids for b in batches]).tolist() == [row["candidate_ids"] for row in ordered]
    assert torch.cat([b.rewards for b in batches]).tolist() == [row["rewards"] for row in ordered]


def test_the_first_step_changes_the_model(small_llama, tmp_path):
    model = adapted(small_llama)
    before = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=20, learning_rate=3e-3)
    trainer = TLPOTrainer(model=model, args=args, train_dataset=given(), callbacks=[AfterFirst()])
    trainer.train()
    assert trainer.state.global_step == 1
    assert any(not torch.equal(p, before[name]) for name, p in model.named_parameters() if p.requires_grad)


class AfterFirst(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        control.should_training_stop = True


@pytest.mark.parametrize("given_reference", [False, True])
def test_a_model_without_adapter_is_held_to_a_copy_of_itself(small_llama, tmp_path, given_reference):
    base = copy.deepcopy(small_llama)
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=4, learning_rate=1e-2, points_per_step=16)
    reference = copy.deepcopy(small_llama) if given_reference else None
    trainer = TLPOTrainer(model=small_llama, args=args, train_dataset=given(), reference=reference)
    trainer.train()
    assert trainer.state.log_history[2]["kl"] > 1e-4
    assert any(not torch.equal(a, b) for a, b in zip(small_llama.parameters(), base.parameters(), strict=True))


def test_without_a_kl_there_is_no_figure_of_one(small_llama, tmp_path):
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=1, learning_rate=1e-2, kl_beta=0.0)
    trainer = TLPOTrainer(model=small_llama, args=args, train_dataset=given())
    trainer.train()
    assert "kl" not in trainer.state.log_history[0]


@torch.no_grad()
def barred_mass(model, groups, rules_of):
    probs = rows_at_points(model.eval(), groups).softmax(-1)
    return float((probs * barred_tokens(groups, rules_of)).sum(-1).mean())


def test_the_admissible_objective_takes_the_mass_from_what_drifts(small_llama, batch, rules_of, tmp_path):
    model, batch = adapted(small_llama), [group for group in batch if group.language == "ko"]
    before = barred_mass(model, batch, rules_of)
    args = TLPOConfig(output_dir=str(tmp_path), max_steps=12, learning_rate=3e-3, objective="admissible")
    trainer = TLPOTrainer(model=model, args=args, train_dataset=features(batch), rules_of=rules_of)
    trainer.train()
    assert barred_mass(model, batch, rules_of) < 0.6 * before
    assert "kl" not in trainer.state.log_history[0]
    assert trainer.state.log_history[0]["confusion_mass"] == pytest.approx(before, rel=0.5)


def test_where_words_decide_the_admissible_objective_is_tlpo(small_llama, batch, rules_of, tmp_path):
    german = [replace(group, language="de") for group in batch]
    assert not rules_of(german[0]).script_decides and rules_of(batch[0]).script_decides

    def trained(objective):
        model = adapted(copy.deepcopy(small_llama))
        args = TLPOConfig(output_dir=str(tmp_path), max_steps=2, learning_rate=3e-3, objective=objective)
        TLPOTrainer(model=model, args=args, train_dataset=features(german), rules_of=rules_of).train()
        return [p for p in model.parameters() if p.requires_grad]

    for one, other in zip(trained("tlpo"), trained("admissible"), strict=True):
        torch.testing.assert_close(one, other, atol=1e-7, rtol=0)


def test_letters_and_words_are_learnt_in_one_step(small_llama, batch, rules_of, tmp_path):
    def first_loss(groups):
        args = TLPOConfig(
            output_dir=str(tmp_path), max_steps=1, objective="admissible", points_per_step=99, kl_beta=0.0, tail=True
        )
        trainer = TLPOTrainer(
            model=adapted(copy.deepcopy(small_llama)), args=args, train_dataset=features(groups), rules_of=rules_of
        )
        trainer.train()
        return trainer.state.log_history[0]["loss"] * sum(len(group.points) for group in groups)

    batch = [group for group in batch if group.language == "ko"]
    german = [replace(group, language="de") for group in batch]
    letters = first_loss(batch)
    probs = rows_at_points(small_llama.eval(), batch).softmax(-1)
    mass = (probs * barred_tokens(batch, rules_of)).sum(-1)
    assert letters == pytest.approx(float(-0.1 * (1 - mass.detach()).log().sum()), rel=1e-3)
    assert first_loss([*batch, *german]) == pytest.approx(letters + first_loss(german), abs=1e-4)


def test_a_heavier_point_weighs_more_against_the_anchors(small_llama, tmp_path):
    def first_loss(weight):
        args = TLPOConfig(output_dir=str(tmp_path), max_steps=1, point_weight=weight, kl_beta=0.0, max_grad_norm=0.0)
        model = adapted(copy.deepcopy(small_llama))
        trainer = TLPOTrainer(
            model=model, args=args, train_dataset=given(), anchor_loss=lambda *_: torch.tensor(1.0, requires_grad=True)
        )
        trainer.train()
        return trainer.state.log_history[0]["loss"] - 1.0

    assert first_loss(10.0) == pytest.approx(10.0 * first_loss(1.0), abs=1e-5)
