"""Trains a small random model for a few steps, alone or together with other processes."""

import sys
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

from distill.tlpo.trainer import TLPOConfig, TLPOTrainer

ROWS, CANDIDATES = 32, 8


def rows() -> Dataset:
    """Contexts of different lengths with candidates and rewards; some teach nothing."""
    generator = torch.Generator().manual_seed(3)
    found = []
    for row in range(ROWS):
        length = 4 + int(torch.randint(0, 12, (), generator=generator))
        ids = torch.randint(0, 304, (length,), generator=generator).tolist()
        candidates = torch.randperm(304, generator=generator)[:CANDIDATES].tolist()
        rewards = [1.0] * CANDIDATES if row % 7 == 0 else [1.0 if i % 3 else -1.0 for i in range(CANDIDATES)]
        found.append({"input_ids": ids, "candidate_ids": candidates, "rewards": rewards})
    return Dataset.from_list(found)


def main(folder: str, batch_size: int, result: str) -> None:
    """Train, and have the first process write the adapter's parameters."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=304,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.5,
        bos_token_id=None,
        pad_token_id=None,
        eos_token_id=300,
    )
    model = get_peft_model(LlamaForCausalLM(config), LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    args = TLPOConfig(
        output_dir=folder,
        max_steps=6,
        learning_rate=1e-3,
        per_device_train_batch_size=batch_size,
        points_per_step=8,
        seed=5,
    )
    trainer = TLPOTrainer(model=model, args=args, train_dataset=rows())
    trainer.train()
    if trainer.accelerator.is_main_process:
        inner = trainer.accelerator.unwrap_model(trainer.model)
        sys.stdout.write(f"processes: {trainer.accelerator.num_processes}\n")
        save_file({n: p.detach().clone() for n, p in inner.named_parameters() if p.requires_grad}, Path(result))
