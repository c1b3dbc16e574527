"""An adapter's weights folded into the base's: every kind of LoRA that comes down to other weights, as PEFT computes it."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from tlpo_guard.errors import RegistryError

__all__ = ["merged_weights", "tied_weights"]

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
class _Scaling:
    """How strong the adapter is at each module."""

    alpha: float
    alphas: tuple[tuple[re.Pattern[str], float], ...]
    root: bool
    flipped: bool

    @classmethod
    def of(cls, adapter: str, config: Mapping[str, Any]) -> "_Scaling":
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


def tied_weights(model: nn.Module) -> frozenset[str]:
    """The parameters that several modules share; a change meant for one of them would reach the others."""
    owners = Counter(id(parameter) for _, parameter in model.named_parameters(remove_duplicate=False))
    return frozenset(name for name, parameter in model.named_parameters() if owners[id(parameter)] > 1)


def merged_weights(
    path: Path, base: Mapping[str, torch.Tensor], tied: Collection[str] = frozenset()
) -> dict[str, torch.Tensor]:
    """The base weights that an adapter changes, changed: with s = alpha / rank, or alpha / sqrt(rank) for rsLoRA,

    LoRA: `W + s B A`, and `b + s b_B` for an adapter with biases; DoRA: `m (W + s B A) / |W + s B A|`, row by row
    (Liu et al. 2024, equation 5). Computed in float32, given in the dtype of the base, on the CPU.

    Args:
        path: folder of a PEFT adapter.
        base: the base model's parameters by name.
        tied: those of them that several modules share.

    Raises:
        RegistryError: an adapter that is not the same as other weights, or does not fit the base.
    """
    try:
        config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = load_file(path / "adapter_model.safetensors")
        scaling = _Scaling.of(path.name, config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error, SafetensorError) as exc:
        raise RegistryError(f"{path.name} is no adapter that can be read: {type(exc).__name__}: {exc}") from None
    out: dict[str, torch.Tensor] = {}
    for module, parts in _by_module(path.name, tensors).items():
        out |= _merged(path.name, module, parts, base, tied, scaling)
    return out


def _by_module(adapter: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    modules: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        parts = _PARTS.fullmatch(key.removeprefix(_PREFIX))
        if parts is None:
            raise RegistryError(f"{adapter} cannot be merged: it holds {key[:120]}, which is no part of a LoRA layer")
        modules.setdefault(parts["module"], {})[parts["part"].removesuffix(".weight")] = tensor
    return modules


def _merged(
    adapter: str,
    module: str,
    parts: Mapping[str, torch.Tensor],
    base: Mapping[str, torch.Tensor],
    tied: Collection[str],
    scaling: _Scaling,
) -> dict[str, torch.Tensor]:
    """The parameters of one module that change."""
    name = f"{module}.weight"
    misfit = RegistryError(f"{adapter} does not fit this base model at {module}")
    if name in tied:
        raise RegistryError(f"{adapter} cannot be merged at {module}, whose weights other modules share")
    low_rank = "lora_embedding_" if "lora_embedding_A" in parts else "lora_"
    weight, down, up = base.get(name), parts.get(f"{low_rank}A"), parts.get(f"{low_rank}B")
    if weight is None or down is None or up is None or {weight.ndim, down.ndim, up.ndim} != {2}:
        raise misfit
    flipped = scaling.flipped or low_rank == "lora_embedding_"  # those keep their weights as (in, out)
    original = weight.detach().float().cpu()
    rows = original.T if flipped else original
    if rows.shape != (up.shape[0], down.shape[1]) or down.shape[0] != up.shape[1]:
        raise misfit
    if "base_layer" in parts and not torch.equal(parts["base_layer"].to(weight.dtype), weight.detach().cpu()):
        raise RegistryError(f"{adapter} holds other base weights than this model's at {module}")
    scale = scaling.at(module, down.shape[0])
    changed = rows + scale * (up.float() @ down.float())
    if (magnitude := parts.get("lora_magnitude_vector")) is not None:
        if magnitude.numel() != len(changed):
            raise misfit
        changed *= (magnitude.float().reshape(-1) / torch.linalg.vector_norm(changed, dim=1)).unsqueeze(1)
    out = {name: (changed.T if flipped else changed).to(weight.dtype).contiguous()}
    if (bias := parts.get("lora_B.bias")) is not None:
        present = base.get(f"{module}.bias")
        if present is None or present.shape != bias.shape:
            raise misfit
        out[f"{module}.bias"] = (present.detach().float().cpu() + scale * bias.float()).to(present.dtype)
    if not all(tensor.isfinite().all() for tensor in out.values()):
        raise RegistryError(f"{adapter} makes weights at {module} that are no numbers")
    return out
