"""A version as a model of its own: the base with the adapter in its weights."""

import tempfile
from pathlib import Path

import torch

from tlpo_guard.errors import ConfigurationError, RegistryError
from tlpo_guard.models.load import load_model
from tlpo_guard.registry.merging import merged_weights, tied_weights
from tlpo_guard.registry.stored import StoredRegistry

__all__ = ["write_merged"]


def write_merged(registry: StoredRegistry, version: str, out: Path, *, model: str | None, cache_dir: Path) -> None:
    """Write weights (safetensors) and tokenizer as a model folder, whole or not at all.

    Args:
        out: the folder, which is new or empty.
        model: the base: `smollm2`, a folder, a `.gguf` file or a hub name; None takes the name in the lineage.
        cache_dir: of unpacked models and fetched adapters.

    Raises:
        ConfigurationError: the folder holds something.
        RegistryError: unknown or damaged, made for another base, or more than weights.
        ModelError: the base cannot be loaded.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigurationError(f"{out} holds something already; name a new or empty folder with --out")
    lineage = registry.get(version).lineage
    name = model or lineage.get("base")
    if not isinstance(name, str):
        raise RegistryError(f"the lineage of {version} names no base; name the model it was made for with --model")
    folder = registry.local(version, cache_dir / "adapters")
    loaded = load_model(name, cache_dir=cache_dir, dtype=torch.bfloat16, device="cpu")
    if lineage.get("base_fingerprint") != loaded.fingerprint:
        made_for = lineage.get("base_fingerprint")
        raise RegistryError(
            f"{version} was made for base {made_for}, {name} is {loaded.fingerprint}; name it by --model"
        )
    parameters = dict(loaded.model.named_parameters())
    changed = merged_weights(folder, parameters, tied_weights(loaded.model))
    with torch.no_grad():
        for key, tensor in changed.items():
            parameters[key].copy_(tensor)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        target = Path(scratch) / "model"
        loaded.model.save_pretrained(target)
        loaded.tokenizer.save_pretrained(target)
        target.rename(out)
