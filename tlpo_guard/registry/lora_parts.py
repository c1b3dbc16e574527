"""What the file of a LoRA adapter holds, module by module, as PEFT writes it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from tlpo_guard.errors import RegistryError

__all__ = ["LoraParts", "Scaling"]

_PREFIX = "base_model.model."
_PARTS = re.compile(
    r"(?P<module>.+)\.(?P<part>lora_A\.weight|lora_B\.weight|lora_B\.bias|lora_embedding_A|lora_embedding_B"
    r"|lora_magnitude_vector(\.weight)?|base_layer\.weight)"
)
# What changes more than weights, or weights that an adapter's file does not hold.
_MORE_THAN_WEIGHTS = (
    "modules_to_save",
    "trainable_token_indices",
    "target_parameters",
    "layer_replication",
    "alora_invocation_tokens",
    "use_qalora",
    "use_bdlora",
    "arrow_config",
    "kasa_config",
    "monteclora_config",
    "velora_config",
)
_PLAIN_STARTS = (True, False, None, "gaussian", "eva", "orthogonal")  # the others change the base's weights, too


@dataclass(frozen=True, slots=True)
class Scaling:
    """How strong the adapter is at each module."""

    alpha: float
    alphas: tuple[tuple[re.Pattern[str], float], ...]
    root: bool
    flipped: bool

    @classmethod
    def of(cls, adapter: str, config: Mapping[str, Any]) -> "Scaling":
        if config.get("peft_type") != "LORA":
            raise RegistryError(f"{adapter} is no LoRA adapter but {config.get('peft_type')!r}, and cannot be merged")
        for name in _MORE_THAN_WEIGHTS:
            if config.get(name):
                raise RegistryError(f"{adapter} cannot be merged: its adapter_config.json sets {name}")
        start = config.get("init_lora_weights", True)
        if start not in _PLAIN_STARTS:
            raise RegistryError(
                f"{adapter} cannot be merged: init_lora_weights {start!r} has changed the base; convert it with PEFT's "
                "save_pretrained(path_initial_model_for_weight_conversion=...)"
            )
        return cls(
            alpha=float(config["lora_alpha"]),
            alphas=tuple(
                (re.compile(rf"(.*\.)?({end})$"), float(alpha))
                for end, alpha in (config.get("alpha_pattern") or {}).items()
            ),
            root=bool(config.get("use_rslora")),
            flipped=bool(config.get("fan_in_fan_out")),
        )

    def at(self, module: str, rank: int) -> float:
        """The factor of B A; the first pattern that fits the end of the module's name counts."""
        alpha = next((alpha for pattern, alpha in self.alphas if pattern.match(module)), self.alpha)
        return alpha / (rank**0.5 if self.root else rank)


@dataclass(frozen=True, slots=True)
class LoraParts:
    """An adapter.

    Attributes:
        name: of its folder.
        modules: the tensors of each module by the names of its parts: `lora_A`, `lora_B`, `lora_magnitude_vector`, ...
    """

    name: str
    scaling: Scaling
    modules: Mapping[str, Mapping[str, torch.Tensor]]

    @classmethod
    def read(cls, path: Path) -> "LoraParts":
        """The adapter in a folder.

        Raises:
            RegistryError: it cannot be read, or changes more than weights.
        """
        try:
            config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
            tensors = load_file(path / "adapter_model.safetensors")
            scaling = Scaling.of(path.name, config)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error, SafetensorError) as exc:
            raise RegistryError(f"{path.name} is no adapter that can be read: {type(exc).__name__}: {exc}") from None
        return cls(path.name, scaling, _by_module(path.name, tensors))


def _by_module(adapter: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    modules: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        parts = _PARTS.fullmatch(key.removeprefix(_PREFIX))
        if parts is None:
            raise RegistryError(f"{adapter} cannot be merged: it holds {key[:120]}, which is no part of a LoRA layer")
        modules.setdefault(parts["module"], {})[parts["part"].removesuffix(".weight")] = tensor
    return modules
