"""Fingerprints of what was loaded: of weights and tokenizers."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tlpo_guard.files import write_text
from tlpo_guard.models.file_fingerprints import evenly_spread, vocabulary_fingerprint

__all__ = ["mark_source", "model_fingerprint", "tokenizer_fingerprint"]

_SLICES, _SLICE_ELEMENTS = 4, 256
_SOURCE = "tlpo_guard_source"  # in the config of a model that was unpacked from a GGUF file


def model_fingerprint(model: PreTrainedModel) -> str:
    """Of weights, their dtype and the config; of a GGUF file's weights, in whatever dtype, that of the file: 16 hex digits."""
    settings = model.config.to_dict()
    source = settings.pop(_SOURCE, None)
    if isinstance(source, dict) and source.get("weights") == _weights(model):
        return str(source.get("file"))
    for volatile in ("_name_or_path", "transformers_version"):
        settings.pop(volatile, None)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(_sample(tensor))
    return digest.hexdigest()[:16]


def mark_source(model: PreTrainedModel, fingerprint: str, folder: Path) -> None:
    """Note in a model's config, and in that of its folder, that its weights are those of a file.

    Copies of the model keep the note, which holds while the weights do.
    """
    note = {"file": fingerprint, "weights": _weights(model)}
    setattr(model.config, _SOURCE, note)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    if config.get(_SOURCE) != note:
        with suppress(OSError):  # a folder that is only read
            write_text(path, json.dumps(config | {_SOURCE: note}, indent=2))


def _weights(model: PreTrainedModel) -> str:
    """Of the weights alone, as bfloat16."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(_sample(tensor, torch.bfloat16))
    return digest.hexdigest()[:16]


def _sample(tensor: torch.Tensor, dtype: torch.dtype | None = None) -> bytes:
    """The bytes of evenly spread slices of a tensor of any shape and dtype, or of what they are in another dtype."""
    flat = tensor.detach().reshape(-1)
    starts = evenly_spread(flat.numel(), _SLICES, _SLICE_ELEMENTS)
    taken = torch.cat([flat[start : start + _SLICE_ELEMENTS] for start in starts])
    return taken.to(dtype or taken.dtype).contiguous().view(torch.uint8).cpu().numpy().tobytes()


def tokenizer_fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    added = {token_id: str(token) for token_id, token in tokenizer.added_tokens_decoder.items()}
    return vocabulary_fingerprint(tokenizer.get_vocab(), added)
