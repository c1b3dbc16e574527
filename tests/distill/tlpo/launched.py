"""Trains a small random model for a few steps, or has it answer, alone or together with other processes."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, TrainerCallback

from distill.config import DistillConfig, RolloutSettings
from distill.run.job import AnsweringJob
from distill.run.team import Team
from distill.selection.groups import Group
from distill.tlpo.batches import features
from distill.tlpo.rewards import LanguageRules, RulesOf
from distill.tlpo.trainer import TLPOConfig, TLPOTrainer
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.vocabulary.index import VocabularyIndex

ROWS, CANDIDATES, VOCABULARY = 32, 8, 304
PROMPTS = 75
LORA = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"}


def given_rows() -> Dataset:
    """Contexts of different lengths with candidates and rewards; some teach nothing."""
    generator = torch.Generator().manual_seed(3)
    found = []
    for row in range(ROWS):
        length = 4 + int(torch.randint(0, 12, (), generator=generator))
        ids = torch.randint(0, VOCABULARY, (length,), generator=generator).tolist()
        candidates = torch.randperm(VOCABULARY, generator=generator)[:CANDIDATES].tolist()
        rewards = [1.0] * CANDIDATES if row % 7 == 0 else [1.0 if i % 3 else -1.0 for i in range(CANDIDATES)]
        found.append({"input_ids": ids, "candidate_ids": candidates, "rewards": rewards})
    return Dataset.from_list(found)


def explored_groups() -> list[Group]:
    """Contexts of different lengths, each with a point in a Korean or a Russian answer."""
    generator = torch.Generator().manual_seed(4)
    lengths = torch.randint(4, 16, (ROWS,), generator=generator).tolist()
    texts = [torch.randint(256, 272, (length,), generator=generator).tolist() for length in lengths]
    return [Group(f"{i}", tuple(ids), 3, (len(ids) - 1,), "ko" if i % 2 else "ru") for i, ids in enumerate(texts)]


def fresh_of_first(model: Any, step: int) -> list[Group]:
    """A point of each step, in the first process; the others have none. From the ninth on, each teaches something."""
    return explored_groups()[9 + step : 10 + step] if int(os.environ.get("RANK", "0")) == 0 else []


def detector() -> DriftDetector:
    """Over a vocabulary of all bytes and words in several scripts."""
    words = ["가", "나", "다", "漢", "字", "複", "hello", "мир", "かな", "1", "한국", "어", "中文", "語", ".", "слово"]
    tokens = [bytes([b]) for b in range(256)] + [word.encode() for word in words]
    return DriftDetector(VocabularyIndex.from_bytes(tokens + [b""] * (VOCABULARY - len(tokens))))


def base_model() -> LlamaForCausalLM:
    """Two layers with random weights, the same in every process."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.15,
        bos_token_id=None,
        pad_token_id=None,
        eos_token_id=300,
    )
    return LlamaForCausalLM(config)


class Gradients(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Those of every step, as the optimizer gets them."""

    def __init__(self) -> None:
        self.kept: dict[str, torch.Tensor] = {}

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                key = f"gradient {state.global_step} {name.removeprefix('module.')}"
                self.kept[key] = parameter.grad.detach().clone()


def main(folder: str, batch_size: int, result: str, what: str, rows: str) -> None:
    """Train, and have the first process write gradients and parameters, and the model as the trainer saves it.

    Args:
        what: `lora` or `whole`.
        rows: `given` or `explored`, or `fresh` for a fresh point alone in each step, which leaves most batches without any.
    """
    model: Any = base_model()
    if what == "lora":
        model = get_peft_model(model, LoraConfig(**LORA))
    args = TLPOConfig(
        output_dir=folder,
        max_steps=6,
        learning_rate=1e-3,
        adam_epsilon=1e-4,  # with its own Adam makes noise of float32 in vanishing gradients as large as any
        per_device_train_batch_size=batch_size,
        points_per_step=16 if rows == "fresh" else 8,
        only_rollouts=rows == "fresh",
        seed=5,
    )
    kept = Gradients()
    trainer = TLPOTrainer(
        model=model,
        args=args,
        train_dataset=given_rows() if rows == "given" else features(explored_groups()),
        rules_of=RulesOf(detector()),
        rollouts=fresh_of_first if rows == "fresh" else None,
        callbacks=[kept],
    )
    trainer.train()
    trainer.save_model(folder)
    if trainer.accelerator.is_main_process:
        inner = trainer.accelerator.unwrap_model(trainer.model)
        sys.stdout.write(f"processes: {trainer.accelerator.num_processes}\n")
        trained = {n: p.detach().clone() for n, p in inner.named_parameters() if p.requires_grad}
        save_file(kept.kept | _apart(trained), Path(result))
        assert all(torch.equal(p, dict(_loaded(folder, what))[n]) for n, p in inner.named_parameters())


class CountedRules(RulesOf):
    """Counts how often a prompt's rules were asked for."""

    def __init__(self, detector: DriftDetector) -> None:
        super().__init__(detector)
        self.asked: Counter[str] = Counter()

    def __call__(self, group: Group) -> LanguageRules:
        self.asked[group.request_id] += 1
        return super().__call__(group)


def answer() -> None:
    """Answer prompts as a run's processes do: each writes what all have found, and which prompts it answered how often."""
    team = Team.launched()
    generator = torch.Generator().manual_seed(6)
    lengths = torch.randint(4, 16, (PROMPTS,), generator=generator).tolist()
    texts = [torch.randint(256, 272, (length,), generator=generator).tolist() for length in lengths]
    prompts = [Group(f"{i}", tuple(ids), len(ids), (), "ko" if i % 2 else "ru") for i, ids in enumerate(texts)]
    settings = RolloutSettings(per_prompt=3, max_new_tokens=6, temperature=1.0)
    job = AnsweringJob(DistillConfig(rollouts=settings, seed=2), prompts)
    counted = CountedRules(detector())
    found = job.answer(base_model(), counted, team)
    sys.stdout.write(f"found: {[point and (point.request_id, point.ids) for point in found]}\n")
    sys.stdout.write(f"answered: {dict(counted.asked)}\n")


def _apart(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"parameter {name}": tensor for name, tensor in tensors.items()}


def _loaded(folder: str, what: str) -> Any:
    """Name and value of each parameter of what was saved, as anybody loads it."""
    if what == "whole":
        return LlamaForCausalLM.from_pretrained(folder).named_parameters()
    return PeftModel.from_pretrained(base_model(), folder).named_parameters()
