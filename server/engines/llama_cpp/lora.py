"""A LoRA adapter as PEFT saves it, written as llama.cpp reads it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from server.engines.llama_cpp.model import LlamaModel
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry.lora_parts import LoraParts

__all__ = ["write_lora"]

_NEEDED = frozenset({"lora_A", "lora_B"})
# Families whose files keep queries and keys in another order of rows than PEFT's models: where positions turn neighbours, the
# two halves of a head are interleaved. Other families with neighbours had them from the start.
_INTERLEAVED = frozenset({"llama", "arcee", "granite", "granitemoe", "minicpm", "mistral3", "olmo", "smollm3"})
_AS_THEY_ARE = frozenset({"command-r", "cohere2", "glm4", "chatglm", "deepseek2"})

Array = NDArray[np.float32]


def write_lora(folder: Path, target: Path, model: LlamaModel) -> None:
    """Write an adapter's file.

    Args:
        folder: as PEFT saved the adapter.
        target: the file to write.
        model: what the adapter is for.

    Raises:
        RegistryError: an adapter that llama.cpp cannot serve over this model.
    """
    import gguf  # takes half a second, which a start without an adapter is spared

    adapter = LoraParts.read(folder)
    tensors: dict[str, Array] = {}
    for module, parts in adapter.modules.items():
        name = _gguf_name(adapter.name, module, model)
        down, up = _factors(adapter, module, parts)
        if name.endswith(("attn_q", "attn_k")):
            up = _reordered(adapter.name, up, model, model.heads if name.endswith("_q") else model.key_heads)
        tensors[f"{name}.weight.lora_a"], tensors[f"{name}.weight.lora_b"] = down, up
    writer = gguf.GGUFWriter(target, model.architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 0.0)  # the factors are in B already
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(adapter: str, module: str, model: LlamaModel) -> str:
    """What llama.cpp calls a module of transformers."""
    import gguf

    known = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
    if model.architecture not in known:
        raise RegistryError(
            f"{adapter} cannot be served: the package gguf does not know {model.architecture}; update it"
        )
    names = gguf.get_tensor_name_map(known[model.architecture], model.layers)
    found = names.get_name(module)
    if found is None:
        raise RegistryError(f"{adapter} does not fit this base model: llama.cpp has no place for {module[:120]}")
    return str(found)


def _factors(adapter: LoraParts, module: str, parts: Mapping[str, torch.Tensor]) -> tuple[Array, Array]:
    """A and B of a module, the scale within B; float32 [rank, in] and [out, rank]."""
    if parts.keys() != _NEEDED:
        raise RegistryError(
            f"{adapter.name} cannot be served by llama.cpp: at {module[:120]} it holds {', '.join(sorted(parts))}, and only "
            "lora_A and lora_B can be served; merge it into a model of its own, or serve it with --engine transformers"
        )
    down, up = parts["lora_A"].float(), parts["lora_B"].float()
    if down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
        raise RegistryError(f"{adapter.name} does not fit this base model at {module[:120]}")
    up = up * adapter.scaling.at(module, down.shape[0])
    if not (down.isfinite().all() and up.isfinite().all()):
        raise RegistryError(f"{adapter.name} holds values at {module[:120]} that are no numbers")
    return down.contiguous().numpy(), up.contiguous().numpy()


def _reordered(adapter: str, up: Array, model: LlamaModel, heads: int) -> Array:
    """The rows of queries or keys in the file's order."""
    if not model.pairs_neighbours or model.architecture in _AS_THEY_ARE:
        return up
    if model.architecture not in _INTERLEAVED:
        raise RegistryError(
            f"{adapter} cannot be served: how {model.architecture} orders queries and keys is not known here; "
            "leave q_proj and k_proj out of the adapter, or serve it with --engine transformers"
        )
    if len(up) % (2 * heads):
        raise RegistryError(f"{adapter} does not fit this base model: {len(up)} rows for {heads} heads")
    halves = up.reshape(heads, 2, len(up) // heads // 2, up.shape[1])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(up.shape))
