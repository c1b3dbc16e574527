"""A model without its weights in memory: they stay in the files, of which only what is looked at is read."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.conversion_mapping import get_model_conversion_mapping

from tlpo_guard.models.fingerprints import Weights

__all__ = ["outline"]

_ONE_FILE, _INDEX = "model.safetensors", "model.safetensors.index.json"


def outline(source: str, dtype: torch.dtype) -> tuple[PreTrainedModel, Weights] | None:
    """A model on the meta device, and the weights that it would have if it were loaded.

    Args:
        source: a folder, or a hub name of which the files are here.

    Returns:
        None where the files do not have the weights as the model would have them, or something is not there.
    """
    try:
        folder = Path(source) if Path(source).is_dir() else _fetched(source)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        with torch.device("meta"):
            automatic: Any = AutoModelForCausalLM
            model = automatic.from_config(config, dtype=dtype, attn_implementation="sdpa")
        with suppress(OSError):
            model.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
        weights = None if _differs_when_loaded(model) else _weights(model, folder)
    except Exception:
        return None
    return None if weights is None else (model, weights)


def _fetched(source: str) -> Path:
    patterns = ["*.json", "*.safetensors"]
    return Path(snapshot_download(source, local_files_only=True, allow_patterns=patterns))


def _differs_when_loaded(model: Any) -> bool:
    """Whether weights are not loaded one to one and in one dtype."""
    kept = model._keep_in_fp32_modules or model._keep_in_fp32_modules_strict
    quantized = getattr(model.config, "quantization_config", None) is not None
    return bool(kept or quantized or get_model_conversion_mapping(model, add_legacy=False))


def _weights(model: Any, folder: Path) -> Weights | None:
    stored = _stored(folder)
    tied = model.all_tied_weights_keys
    weights = {}
    for name, tensor in model.state_dict().items():
        found = stored.get(name, stored.get(tied.get(name, "")))
        if found is None or found.shape != tensor.shape:
            return None
        weights[name] = (found, tensor.dtype)
    return weights


def _stored(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint, which lie in its files."""
    names = [_ONE_FILE]
    if not (folder / _ONE_FILE).is_file():
        names = sorted(set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
    tensors: dict[str, torch.Tensor] = {}
    for name in names:
        with safe_open(folder / name, framework="pt") as file:
            tensors |= {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no mapping)
    return tensors
