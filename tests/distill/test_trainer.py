import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.batches import features
from distill.exploration import explore
from distill.trainer import TLPOConfig, TLPOTrainer


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


def test_features_cut_long_point_lists_and_keep_every_point(batch):
    rows = features(batch, most_points=3)
    assert [row["points"] for row in rows] == [[7, 12, 20], [21], [4], [5, 11]]
    assert [len(row["input_ids"]) for row in rows] == [21, 22, 5, 12]
