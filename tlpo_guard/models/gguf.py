"""GGUF files, each unpacked once into a folder of bfloat16 safetensors.

transformers needs many seconds to read a GGUF file each time; the unpacked folder may be deleted at any time.
"""

import hashlib
import multiprocessing
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from filelock import FileLock
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from tlpo_guard.errors import ModelError
from tlpo_guard.models.file_fingerprints import evenly_spread
from tlpo_guard.models.quiet import quiet, without_bars

__all__ = ["reason", "unpacked"]

_MAGIC = b"GGUF"
_CONVERSION = "1"  # part of the cache key: raise it when a conversion would come out differently
_SLICES, _SLICE_BYTES = 64, 65_536


def unpacked(name: str, gguf: Path, cache_dir: Path) -> Path:
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
        raise ModelError(f"{name} cannot be read as a GGUF model ({reason(exc)}); is the file complete?") from exc
    return folder


def _unpack_elsewhere(gguf: Path, folder: Path) -> None:
    # In a process of its own: what the conversion leaves behind in this one costs every later step a quarter of its speed.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        process.submit(_unpack, gguf, folder).result()


def _unpack(gguf: Path, folder: Path) -> None:
    with quiet(), tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        target = Path(scratch) / "model"
        with without_bars():
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
    digest = hashlib.sha256(f"{_CONVERSION} {stat.st_size} {stat.st_mtime_ns}".encode())
    with gguf.open("rb") as file:
        magic = file.read(len(_MAGIC))
        if magic != _MAGIC:
            raise ModelError(f"{gguf} is not a GGUF file (it starts with {magic!r}); name a .gguf file or a folder")
        for start in evenly_spread(stat.st_size, _SLICES, _SLICE_BYTES):
            file.seek(start)
            digest.update(file.read(_SLICE_BYTES))
    return digest.hexdigest()[:16]


def reason(exc: Exception) -> str:
    """A fault of a library in one line."""
    first = str(exc).strip().splitlines()[:1]
    return f"{type(exc).__name__}: {first[0][:200]}" if first else type(exc).__name__
