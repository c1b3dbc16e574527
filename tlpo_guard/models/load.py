"""Load a model by `smollm2`, local folder, GGUF file or hub name, and fingerprint what was loaded.

Weights are read from safetensors or GGUF only: no pickle, and no code that comes with a model.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from tlpo_guard.errors import ModelError
from tlpo_guard.models.dtypes import in_fast_dtype
from tlpo_guard.models.file_fingerprints import file_fingerprint
from tlpo_guard.models.fingerprints import (
    fingerprint_of,
    loaded_weights,
    mark_source,
    model_fingerprint,
    tokenizer_fingerprint,
)
from tlpo_guard.models.gguf import reason, unpacked
from tlpo_guard.models.names import BUNDLED, gguf_file, served_name
from tlpo_guard.models.outline import outline
from tlpo_guard.models.quiet import quiet

__all__ = ["LoadedModel", "load_model", "load_outline", "load_tokenizer", "model_source"]

HUB_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A causal language model ready for inference.

    Attributes:
        name: the name it is served under.
        fingerprint: of the GGUF file that the weights are from, where they are from one; else of the base weights (as loaded,
            so of their dtype too) and config. 16 hex digits.
        tokenizer_fingerprint: of the vocabulary and the added tokens, 16 hex digits.
    """

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    fingerprint: str
    tokenizer_fingerprint: str


def load_model(
    name: str, *, cache_dir: Path, dtype: torch.dtype | None = None, device: str | None = None
) -> LoadedModel:
    """Load `name` for inference, on CUDA where there is one, unless told otherwise.

    Args:
        name: `smollm2`, a folder, a `.gguf` file or a hub name, tried in this order.
        cache_dir: where a GGUF file is unpacked to.
        dtype: that of the weights. None rounds them to bfloat16, of which the fingerprint is, and computes in the dtype that is
            fast here: see `in_fast_dtype`.

    Raises:
        ModelError: there is no such model, or it cannot be read.
    """
    with quiet():
        source = model_source(name, cache_dir)
        tokenizer = _read_tokenizer(name, source)
        model = _read_model(name, source, dtype or torch.bfloat16, device)
    _complete_generation_config(model, tokenizer)
    if (gguf := gguf_file(name)) is not None:
        mark_source(model.config, loaded_weights(model), file_fingerprint(gguf), Path(source))
    fingerprint = model_fingerprint(model)
    return _loaded(name, in_fast_dtype(model) if dtype is None else model, tokenizer, fingerprint)


def load_outline(name: str, *, cache_dir: Path) -> LoadedModel:
    """What `load_model` gives in bfloat16, but without the weights where the files alone tell the fingerprint.

    Its model lies on the meta device then: config and generation config are there, and nothing can be computed. Else the
    weights are loaded, on the CPU.

    Raises:
        ModelError: there is no such model, or it cannot be read.
    """
    with quiet():
        source = model_source(name, cache_dir)
        tokenizer = _read_tokenizer(name, source)
        found = outline(source, torch.bfloat16)
    if found is None:
        return load_model(name, cache_dir=cache_dir, device="cpu")
    model, weights = found
    _complete_generation_config(model, tokenizer)
    if (gguf := gguf_file(name)) is not None:
        mark_source(model.config, weights, file_fingerprint(gguf), Path(source))
    return _loaded(name, model, tokenizer, fingerprint_of(model.config, weights))


def _loaded(name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, fingerprint: str) -> LoadedModel:
    return LoadedModel(served_name(name), model, tokenizer, fingerprint, tokenizer_fingerprint(tokenizer))


def load_tokenizer(name: str, *, cache_dir: Path, fetch: bool = True) -> PreTrainedTokenizerBase:
    """Load the tokenizer of `name`, the same that `load_model` gives.

    Args:
        fetch: False asks no hub; what was loaded from there before still is.

    Raises:
        ModelError: there is no such model, or its tokenizer cannot be read.
    """
    with quiet():
        return _read_tokenizer(name, model_source(name, cache_dir), fetch=fetch)


def model_source(name: str, cache_dir: Path) -> str:
    """What `from_pretrained` is given: a folder, or a hub name; raises ModelError."""
    gguf = gguf_file(name)
    if gguf is not None:
        return str(unpacked(name, gguf, cache_dir))
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(f"{name} is a folder without config.json; name a folder written by save_pretrained")
        return str(path)
    if name.startswith(("/", "./", "../", "~")):
        raise ModelError(f"{name} does not exist; name a model folder, a .gguf file, a hub name or {BUNDLED}")
    return name


def _read_tokenizer(name: str, source: str, *, fetch: bool = True) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            source, trust_remote_code=False, local_files_only=not fetch or _only_local(source)
        )
    except Exception as exc:
        raise _unreadable(name, source, "tokenizer", exc) from exc
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _read_model(name: str, source: str, dtype: torch.dtype, device: str | None) -> PreTrainedModel:
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            source,
            dtype=dtype,
            attn_implementation="sdpa",
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=_only_local(source),
        )
        placed: PreTrainedModel = model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")).eval()
    except Exception as exc:
        raise _unreadable(name, source, "model", exc) from exc
    return placed


def _only_local(source: str) -> bool:
    """Whether to do without the hub: asked once here, for the loaders ask an unreachable one for most of a minute."""
    if Path(source).is_dir():
        return True
    try:
        HfApi().model_info(source, timeout=HUB_TIMEOUT)
    except RepositoryNotFoundError:
        raise
    except Exception:  # no network, or a hub that is down: what was loaded before still is
        return True
    return False


def _unreadable(name: str, source: str, part: str, exc: Exception) -> ModelError:
    if Path(source).is_dir():
        way_out = "the folder needs config.json, *.safetensors and a tokenizer, and no code of its own"
    else:
        way_out = (
            f"no folder of this name here, and the hub did not give it: check the spelling (owner/name) and the "
            f"network, or name a model folder, a .gguf file or {BUNDLED}"
        )
    return ModelError(f"{name}: cannot load the {part}; {way_out} ({reason(exc)})")


def _complete_generation_config(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Make `eos_token_id` a list and `pad_token_id` a number wherever the model or the tokenizer knows them."""
    config: Any = model.generation_config
    eos = config.eos_token_id if config.eos_token_id is not None else tokenizer.eos_token_id
    config.eos_token_id = None if eos is None else [int(i) for i in (eos if isinstance(eos, list) else [eos])]
    if config.pad_token_id is None:
        pads = [tokenizer.pad_token_id, *(config.eos_token_id or [])]
        config.pad_token_id = next((pad for pad in pads if pad is not None), None)
