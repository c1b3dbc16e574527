"""What is measured: the base model and adapters over it, by name and training seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import typer

from distill.policy_model.frozen_linear import fold_frozen
from tlpo_guard.models.load import LoadedModel, load_model

__all__ = ["BASE", "CPU_SECONDS", "MASKED", "TRAINING", "Subject", "merged", "subjects", "with_adapter"]

BASE = "base"
MASKED = "masked"  # the base, from whose answers a mask keeps what leaves the language
CPU_SECONDS = "CPU seconds"  # the measure of what a training took
TRAINING = "quality.json"  # beside an adapter: what its training was, and what it took


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that is measured.

    Attributes:
        name: of the method; runs of one method with other seeds share it.
        seed: number of the run, from 0.
        folder: of its adapter; None for the base model, masked or not.
    """

    name: str
    seed: int = 0
    folder: Path | None = None

    @property
    def label(self) -> str:
        """Name and seed, as files are called."""
        return f"{self.name}-{self.seed}"


def subjects(named: Sequence[str]) -> list[Subject]:
    """The base model and the adapters that were named.

    Args:
        named: `NAME=FOLDER` each; the second of one name is its second seed.

    Raises:
        typer.BadParameter: one is written otherwise, or its folder holds no adapter.
    """
    seeds: Counter[str] = Counter()
    found = [Subject(BASE)]
    for text in named:
        name, sign, folder = text.partition("=")
        if not sign or not name or name in (BASE, MASKED) or "-" in name:
            raise typer.BadParameter(
                f"{text!r}: write NAME=FOLDER, with a name that has no `-` and is neither `{BASE}` nor `{MASKED}`"
            )
        if not (Path(folder) / "adapter_config.json").exists():
            raise typer.BadParameter(f"{folder} holds no adapter_config.json; name the folder of a PEFT adapter")
        found.append(Subject(name, seeds[name], Path(folder)))
        seeds[name] += 1
    return found


def with_adapter(loaded: LoadedModel, subject: Subject) -> Any:
    """The model with the subject's adapter, which may be switched off; the base model itself where it has none."""
    if subject.folder is None:
        return _ready(loaded.model)
    from peft import PeftModel

    return _ready(PeftModel.from_pretrained(loaded.model, str(subject.folder)))


def merged(model_name: str, adapter: Path | None, cache_dir: Path) -> LoadedModel:
    """A model to generate with, the adapter of a folder added into the weights: as it is served, and twice as fast."""
    loaded = load_model(model_name, cache_dir=cache_dir)
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(loaded.model, str(adapter)).merge_and_unload()
        loaded = replace(loaded, model=model)
    _ready(loaded.model)
    return loaded


def _ready(model: Any) -> Any:
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    if not torch.cuda.is_available():
        fold_frozen(model)
    return model.eval()
