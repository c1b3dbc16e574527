"""The registry's adapter versions as LoRA adapters of vLLM, each loaded when it is first asked for.

vLLM's prefix cache knows an adapter by its name and path. A version never changes, so that a name, its files and what is
cached for it stay one thing; what changes is which version the bare model's name means (`versions`).
"""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from vllm.lora.request import LoRARequest
from vllm.lora.resolver import LoRAResolver

from tlpo_guard.errors import RegistryError
from tlpo_guard.integrations.vllm.front.names import split_name
from tlpo_guard.registry import StoredRegistry

if TYPE_CHECKING:
    from tlpo_guard.integrations.vllm.front.following import Admitted

__all__ = ["RegistryResolver"]

logger = logging.getLogger(__name__)


class RegistryResolver(LoRAResolver):  # type: ignore[misc]  # vLLM is not there where types are checked
    """Resolves `MODEL@VERSION`.

    Args:
        cache_dir: where the files of a registry at a URL are kept.
        admitted: what the middleware of this process lets through; without one, no version that the gate refused is resolved.
    """

    def __init__(self, registry: StoredRegistry, cache_dir: Path, admitted: "Admitted") -> None:
        self._registry = registry
        self._cache_dir = cache_dir
        self._admitted = admitted

    async def resolve_lora(self, base_model_name: str, lora_name: str) -> LoRARequest | None:
        """The version's checked files on this machine; None where the name is no version's, or it cannot be served."""
        model, version = split_name(lora_name)
        served = self._admitted.models or (base_model_name, Path(base_model_name).name)
        if version is None or model not in served:
            return None
        try:
            folder = await asyncio.to_thread(self._folder, version)
        except RegistryError as exc:
            logger.warning("adapter version %s cannot be served: %s", version, exc)
            return None
        # vLLM gives the number itself.
        return None if folder is None else LoRARequest(lora_name=lora_name, lora_int_id=1, lora_path=str(folder))

    def _folder(self, version: str) -> Path | None:
        if self._registry.get(version).refused and version not in self._admitted.refused:
            return None
        return self._registry.local(version, self._cache_dir)
