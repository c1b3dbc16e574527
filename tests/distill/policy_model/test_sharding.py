"""Sharded weights are refused by name."""

from types import SimpleNamespace

import pytest

from distill.config import DistillConfig
from distill.policy_model.sharding import refuse_sharding, refuse_zero3
from distill.run.distillation import run_distillation
from distill.tlpo.trainer import TLPOConfig, TLPOTrainer
from tlpo_guard.errors import ConfigurationError


def test_fsdp_of_the_arguments_is_refused(small_llama, tmp_path):
    args = TLPOConfig(output_dir=str(tmp_path), fsdp="full_shard")
    with pytest.raises(ConfigurationError, match=r"FSDP is not supported: .*DDP"):
        TLPOTrainer(model=small_llama, args=args, train_dataset=[])


def test_fsdp_of_the_launcher_is_refused_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(ConfigurationError, match="FSDP is not supported"):
        run_distillation(tmp_path / "data", DistillConfig())
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("stage", "refused"), [(2, False), (3, True)])
def test_of_deepspeed_the_stage_that_shards_weights_is_refused(stage, refused):
    accelerator = SimpleNamespace(state=SimpleNamespace(deepspeed_plugin=SimpleNamespace(zero_stage=stage)))
    if refused:
        with pytest.raises(ConfigurationError, match="ZeRO stage 3 is not supported"):
            refuse_zero3(accelerator)
    else:
        refuse_zero3(accelerator)


def test_nothing_else_is_refused():
    refuse_sharding(None, {"ACCELERATE_USE_FSDP": "false", "WORLD_SIZE": "2"})


def test_a_trainer_without_its_model_says_so(tmp_path):
    with pytest.raises(ConfigurationError, match="needs `model`"):
        TLPOTrainer(model_init=lambda: None, args=TLPOConfig(output_dir=str(tmp_path)), train_dataset=[])
