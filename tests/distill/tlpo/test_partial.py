"""Lower layers that run once for exploration, policy, reference and anchors change no number."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import Anchors
from distill.policy_model.forward import logits_at
from distill.policy_model.partial import Kept, PartialForward
from distill.tlpo.anchors import Anchor, AnchorLoss
from distill.tlpo.batches import features
from distill.tlpo.trainer import TLPOConfig, TLPOTrainer

ANCHORS = [Anchor((1, 2, 3), (256, 257, 4, 5)), Anchor((9,), (7, 8)), Anchor((60,) * 6, (8, 9, 10))]


def upper(model):
    torch.manual_seed(0)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", exclude_modules=r".*\.layers\.0\..*")
    return get_peft_model(copy.deepcopy(model), lora)


def test_a_forward_that_is_given_the_lower_layers_runs_the_upper_ones_alone(small_llama):
    model = upper(small_llama)
    partial, ids = PartialForward(model), torch.arange(24).view(3, 8)
    assert partial.skips
    runs = []
    model.get_base_model().model.layers[0].mlp.register_forward_hook(lambda *_: runs.append(1))
    where = torch.tensor([0, 2]), torch.tensor([5, 7])
    states = []
    with torch.no_grad():
        with partial.keeping() as kept:
            whole = logits_at(model, ids, *where, states=states, use_cache=False)
        with partial.given(kept.only([0, 2], 8)):
            part = logits_at(model, ids[[0, 2]], torch.tensor([0, 1]), where[1], use_cache=False)
    assert runs == [1]
    torch.testing.assert_close(part, whole)
    torch.testing.assert_close(partial.logits(states[0]), whole)
    assert runs == [1]


@pytest.mark.parametrize("checkpointing", [False, True])
def test_training_is_the_same_as_with_whole_forwards(
    small_llama, batch, rules_of, tmp_path, monkeypatch, checkpointing
):
    def trained():
        model = upper(small_llama)
        args = TLPOConfig(
            output_dir=str(tmp_path), max_steps=3, learning_rate=3e-3, seed=1, gradient_checkpointing=checkpointing
        )
        trainer = TLPOTrainer(
            model=model,
            args=args,
            train_dataset=features(batch),
            rules_of=rules_of,
            anchor_loss=AnchorLoss(ANCHORS, Anchors(per_batch=2), seed=0),
        )
        trainer.train()
        return [p.detach() for p in model.parameters() if p.requires_grad]

    short = trained()
    monkeypatch.setattr(Kept, "only", lambda *_: Kept())
    for one, other in zip(short, trained(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
