"""The adapter that the model runs with."""

import tempfile
from pathlib import Path
from typing import Any

import llama_cpp

from server.engines.llama_cpp.lora import write_lora
from server.engines.llama_cpp.model import LlamaModel
from tlpo_guard.errors import RegistryError

__all__ = ["load_adapter"]


def load_adapter(folder: Path, model: LlamaModel) -> Any:
    """libllama's handle of an adapter, which goes when the model goes.

    Args:
        folder: as PEFT saved the adapter.

    Raises:
        RegistryError: an adapter that cannot be served.
    """
    with tempfile.TemporaryDirectory(prefix="tlpo-guard-") as scratch:
        target = Path(scratch) / "adapter.gguf"
        write_lora(folder, target, model)
        handle = llama_cpp.llama_adapter_lora_init(model.handle, str(target).encode())
    if not handle:
        raise RegistryError(f"{folder.name} does not fit this base model: llama.cpp refuses it")
    return handle
