"""An adapter's weights folded into the base's: every kind of LoRA that comes down to other weights, as PEFT computes it."""

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import nn

from tlpo_guard.errors import RegistryError
from tlpo_guard.registry.lora_parts import LoraParts, Scaling

__all__ = ["merged_weights", "tied_weights"]


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
    adapter = LoraParts.read(path)
    out: dict[str, torch.Tensor] = {}
    for module, parts in adapter.modules.items():
        out |= _merged(path.name, module, parts, base, tied, adapter.scaling)
    return out


def _merged(
    adapter: str,
    module: str,
    parts: Mapping[str, torch.Tensor],
    base: Mapping[str, torch.Tensor],
    tied: Collection[str],
    scaling: Scaling,
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
