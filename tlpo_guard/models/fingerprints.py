"""Fingerprints of what was loaded: of weights, tokenizers and files."""

import hashlib
import json

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["evenly_spread", "model_fingerprint", "tokenizer_fingerprint"]

_SLICES, _SLICE_ELEMENTS = 4, 256


def model_fingerprint(model: PreTrainedModel) -> str:
    settings = model.config.to_dict()
    for volatile in ("_name_or_path", "transformers_version"):
        settings.pop(volatile, None)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(_sample(tensor))
    return digest.hexdigest()[:16]


def _sample(tensor: torch.Tensor) -> bytes:
    """The bytes of evenly spread slices of a tensor of any shape and dtype."""
    flat = tensor.detach().reshape(-1)
    starts = evenly_spread(flat.numel(), _SLICES, _SLICE_ELEMENTS)
    taken = torch.cat([flat[start : start + _SLICE_ELEMENTS] for start in starts])
    return taken.contiguous().view(torch.uint8).cpu().numpy().tobytes()


def evenly_spread(size: int, count: int, width: int) -> list[int]:
    """Where `count` slices of `width` start when they are spread over `size`, first and last included."""
    last = max(size - width, 0)
    return sorted({last * i // (count - 1) for i in range(count)})


def tokenizer_fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    added = sorted((i, str(token)) for i, token in tokenizer.added_tokens_decoder.items())
    contents = json.dumps([sorted(tokenizer.get_vocab().items()), added])
    return hashlib.sha256(contents.encode()).hexdigest()[:16]
