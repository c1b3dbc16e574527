"""Fingerprints of models: of weights, in memory or on disk, and tokenizers."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import torch
from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from tlpo_guard.files import write_text
from tlpo_guard.models.file_fingerprints import evenly_spread, vocabulary_fingerprint

__all__ = ["Weights", "fingerprint_of", "loaded_weights", "mark_source", "model_fingerprint", "tokenizer_fingerprint"]

Weights = Mapping[str, tuple[torch.Tensor, torch.dtype]]
"""By name: a tensor of any dtype, and the dtype in which the model has it."""

_SLICES, _SLICE_ELEMENTS = 4, 256
_SOURCE = "tlpo_guard_source"  # in the config of a model that was unpacked from a GGUF file


def model_fingerprint(model: PreTrainedModel) -> str:
    """Of weights, their dtype and the config; of a GGUF file's weights, in whatever dtype, that of the file: 16 hex digits."""
    return fingerprint_of(model.config, loaded_weights(model))


def loaded_weights(model: PreTrainedModel) -> Weights:
    """Those of a model in memory."""
    return {name: (tensor, tensor.dtype) for name, tensor in model.state_dict().items()}


def fingerprint_of(config: PretrainedConfig, weights: Weights) -> str:
    """What `model_fingerprint` says of a model with these weights."""
    settings = config.to_dict()
    source = settings.pop(_SOURCE, None)
    if isinstance(source, dict) and source.get("weights") == _weights(weights):
        return str(source.get("file"))
    for volatile in ("_name_or_path", "transformers_version"):
        settings.pop(volatile, None)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, (tensor, dtype) in sorted(weights.items()):
        digest.update(f"{name} {tuple(tensor.shape)} {dtype}".encode())
        digest.update(_sample(tensor, dtype))
    return digest.hexdigest()[:16]


def mark_source(config: PretrainedConfig, weights: Weights, fingerprint: str, folder: Path) -> None:
    """Note in a model's config, and in that of its folder, that its weights are those of a file.

    Copies of the model keep the note, which holds while the weights do.
    """
    note = {"file": fingerprint, "weights": _weights(weights)}
    setattr(config, _SOURCE, note)
    path = folder / "config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    if settings.get(_SOURCE) != note:
        with suppress(OSError):  # a folder that is only read
            write_text(path, json.dumps(settings | {_SOURCE: note}, indent=2))


def _weights(weights: Weights) -> str:
    """Of the weights alone, as bfloat16."""
    digest = hashlib.sha256()
    for name, (tensor, dtype) in sorted(weights.items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(_sample(tensor, dtype, torch.bfloat16))
    return digest.hexdigest()[:16]


def _sample(tensor: torch.Tensor, *dtypes: torch.dtype) -> bytes:
    """The bytes of evenly spread slices of a tensor of any shape and dtype, in one dtype and then the next."""
    flat = tensor.detach().reshape(-1)
    starts = evenly_spread(flat.numel(), _SLICES, _SLICE_ELEMENTS)
    taken = torch.cat([flat[start : start + _SLICE_ELEMENTS] for start in starts])
    for dtype in dtypes:
        taken = taken.to(dtype)
    return taken.contiguous().view(torch.uint8).cpu().numpy().tobytes()


def tokenizer_fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    added = {token_id: str(token) for token_id, token in tokenizer.added_tokens_decoder.items()}
    return vocabulary_fingerprint(tokenizer.get_vocab(), added)
