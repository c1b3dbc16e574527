"""What others would train on the same events, through TRL: DPO, ORPO and SFT on pairs of continuations at the confusion points.

TRL tokenises texts; here tokens are what was logged, so each trainer is given what its own tokenisation would have made.
"""

import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from datasets import Dataset
from datasets.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled
from transformers import PrinterCallback

from distill.baselines.anchored import anchored
from distill.baselines.pairs import Pair, pairs
from distill.config import Training
from distill.policy_model.forward import causal_lm
from distill.selection.groups import Group
from distill.tlpo.anchors import AnchorLoss
from distill.tlpo.rewards import RulesOf
from distill.tlpo.training_config import TLPOConfig, one_device
from tlpo_guard.errors import ConfigurationError, DistillationError
from tlpo_guard.models.quiet import quiet

__all__ = ["LEARNING_RATES", "Method", "baseline_pairs", "train_baseline"]

Method = Literal["dpo", "orpo", "sft"]

LEARNING_RATES: Mapping[Method, float] = {"dpo": 5e-6, "orpo": 8e-5, "sft": 2e-4}
"""Those of TRL's own example commands for LoRA: `trl/scripts/{dpo,sft}.py`, `examples/scripts/orpo.py`."""

_AS_TLPO = (  # what the optimizer does, and how quietly
    "lr_scheduler_type",
    "lr_scheduler_kwargs",
    "warmup_steps",
    "adam_beta1",
    "adam_beta2",
    "weight_decay",
    "max_grad_norm",
    "remove_unused_columns",
    "dataloader_pin_memory",
    "logging_steps",
    "save_strategy",
    "disable_tqdm",
    "use_cpu",
)


def baseline_pairs(
    model: Any, groups: Sequence[Group], rules_of: RulesOf, settings: Training, *, seed: int, max_new_tokens: int = 48
) -> list[Pair]:
    """Pairs at as many points as TLPO's steps would see, drawn by the seed.

    Args:
        model: whose policy continues the points.
        settings: steps, points a step and temperature count.
        max_new_tokens: longest completion of a pair.

    Raises:
        DistillationError: no point has candidates of both kinds.
    """
    seen = _seen(groups, settings.max_steps * settings.points_per_step, seed)
    made = pairs(model, seen, rules_of, temperature=settings.temperature, max_new_tokens=max_new_tokens, seed=seed)
    if not made:
        raise DistillationError(
            f"none of {sum(len(g.points) for g in seen)} points has a clean and a drifting candidate, so there are no pairs; "
            "log more events"
        )
    return made


def train_baseline(
    model: Any,
    tokenizer: Any,
    made: Sequence[Pair],
    method: Method,
    settings: Training,
    *,
    seed: int,
    output_dir: Path,
    callbacks: Sequence[Any] = (),
    learning_rate: float | None = None,
    anchor_loss: AnchorLoss | None = None,
) -> list[dict[str, float]]:
    """Train the adapter of a PEFT model in place, with as many optimizer steps, and points a step, as TLPO would take.

    Args:
        model: PEFT model; the reference policy of DPO is the same model with the adapter off.
        tokenizer: the model's; TRL reads its special tokens, no text is tokenised.
        made: SFT learns the chosen completions, the others the pairs.
        settings: steps, points a step and memory; the rest of them is TLPO's alone.
        callbacks: of transformers.
        learning_rate: None is the method's own, see `LEARNING_RATES`.
        anchor_loss: added to the method's own loss, batch by batch, as TLPO has it; None for the method alone.

    Returns:
        The figures of every step, as TRL logs them.

    Raises:
        ConfigurationError: TRL is not installed.
    """
    trainer_class, config_class = _trl(method)
    rate = LEARNING_RATES[method] if learning_rate is None else learning_rate
    arguments = _arguments(method, settings, len(made), rate, seed, output_dir)
    with _as_it_was(model), quiet():
        args = config_class(**arguments)
        one_device(args)
        trainer = (trainer_class if anchor_loss is None else anchored(trainer_class, anchor_loss))(
            model=model,
            args=args,
            train_dataset=_dataset(method, made),
            processing_class=tokenizer,
            callbacks=list(callbacks),
        )
        trainer.remove_callback(PrinterCallback)
        if "ref" in model.peft_config:  # TRL's copy of the adapter as it was; the reference is the base
            model.delete_adapter("ref")
        trainer.train()
    return [row for row in trainer.state.log_history if "loss" in row]


def _seen(groups: Sequence[Group], points: int, seed: int) -> list[Group]:
    """Groups in an order of their own until they hold so many points."""
    left = list(groups)
    random.Random(seed).shuffle(left)
    chosen, held = [], 0
    for group in left:
        if held >= points:
            break
        chosen.append(group)
        held += len(group.points)
    return chosen


def _arguments(
    method: Method, settings: Training, count: int, learning_rate: float, seed: int, output_dir: Path
) -> dict[str, Any]:
    tlpo = TLPOConfig(output_dir=str(output_dir))
    each = settings.batch_size if method == "sft" else max(settings.batch_size // 2, 1)  # a pair is two sequences
    own_settings: dict[str, dict[str, Any]] = {
        "dpo": {"max_length": None},
        "sft": {"max_length": None, "dataset_kwargs": {"skip_prepare_dataset": True}},
    }
    return {
        **{name: getattr(tlpo, name) for name in _AS_TLPO},
        **own_settings.get(method, {}),
        "output_dir": str(output_dir),
        "max_steps": settings.max_steps,
        "learning_rate": learning_rate,
        "per_device_train_batch_size": each,
        "gradient_accumulation_steps": max(1, min(round(settings.points_per_step / each), -(-count // each))),
        "gradient_checkpointing": settings.gradient_checkpointing,
        "bf16": settings.bf16,
        "report_to": "none",
        "seed": seed,
    }


def _dataset(method: Method, made: Sequence[Pair]) -> Dataset:
    make = {"dpo": _preference, "orpo": _concatenated, "sft": _labelled}[method]
    return Dataset.from_list([make(pair) for pair in made])


def _preference(pair: Pair) -> dict[str, list[int]]:
    return {
        "prompt_ids": list(pair.prompt_ids),
        "chosen_ids": list(pair.chosen_ids),
        "rejected_ids": list(pair.rejected_ids),
    }


def _labelled(pair: Pair) -> dict[str, list[int]]:
    ids = [*pair.prompt_ids, *pair.chosen_ids]
    return {"input_ids": ids, "labels": [-100] * len(pair.prompt_ids) + list(pair.chosen_ids)}


def _concatenated(pair: Pair) -> dict[str, list[int]]:
    row = {}
    for side, completion in (("chosen", pair.chosen_ids), ("rejected", pair.rejected_ids)):
        ids = [*pair.prompt_ids, *completion]
        row[f"{side}_input_ids"] = ids
        row[f"{side}_attention_mask"] = [1] * len(ids)
        row[f"{side}_labels"] = [-100] * len(pair.prompt_ids) + list(completion)
    return row


def _trl(method: Method) -> tuple[Any, Any]:
    """Trainer and settings of a method; the trainer takes token ids and sends nothing out."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="You are importing from 'trl.experimental'")
            return {"dpo": _dpo, "orpo": _orpo, "sft": _sft}[method]()
    except ImportError as exc:
        raise ConfigurationError(
            f'{method} is trained by TRL, which cannot be imported ({exc}); `pip install "tlpo-guard[baselines]"`'
        ) from exc


class _Unheard:
    def _send_telemetry(self) -> None:
        pass


def _dpo() -> tuple[Any, Any]:
    from trl import DPOConfig, DPOTrainer

    class Trainer(_Unheard, DPOTrainer):  # type: ignore[misc, unused-ignore]
        def _prepare_dataset(self, dataset: Any, *args: Any) -> Any:
            return dataset

    return Trainer, DPOConfig


def _orpo() -> tuple[Any, Any]:
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    class Trainer(_Unheard, ORPOTrainer):  # type: ignore[misc, unused-ignore]
        @staticmethod
        def tokenize_row(feature: Any) -> Any:
            return feature

    return Trainer, ORPOConfig


def _sft() -> tuple[Any, Any]:
    from trl import SFTConfig, SFTTrainer

    class Trainer(_Unheard, SFTTrainer):  # type: ignore[misc, unused-ignore]
        pass

    return Trainer, SFTConfig


@contextmanager
def _as_it_was(model: Any) -> Iterator[None]:
    """Takes back the forward that TRL puts into the model, and keeps the bars of its data preparation away."""
    base, bars = causal_lm(model), is_progress_bar_enabled()
    forward = vars(base).get("forward")
    disable_progress_bar()
    try:
        yield
    finally:
        if bars:
            enable_progress_bar()
        vars(base).pop("forward", None)
        if forward is not None:
            base.forward = forward
