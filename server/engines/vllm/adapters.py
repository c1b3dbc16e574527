"""Adapter versions in vLLM: each under a name of its own, so that none finds the prefixes of another."""

import json
from pathlib import Path

from vllm.lora.request import LoRARequest
from vllm.v1.engine.llm_engine import LLMEngine

from tlpo_guard.errors import RegistryError

__all__ = ["ServedAdapter"]


class ServedAdapter:
    """The version that an engine serves. Used from the thread that generates.

    Attributes:
        request: what requests name it by; None for the base.
    """

    def __init__(self) -> None:
        self.request: LoRARequest | None = None
        self._count = 0

    def load(self, engine: LLMEngine, folder: Path | None) -> None:
        """Serve another version; the one before is dropped.

        Raises:
            RegistryError: vLLM cannot serve it; the version before stays.
        """
        request = None if folder is None else self._added(engine, folder)
        if self.request is not None:
            engine.remove_lora(self.request.lora_int_id)
        self.request = request

    def _added(self, engine: LLMEngine, folder: Path) -> LoRARequest:
        self._count += 1
        request = LoRARequest(f"version-{self._count}", self._count, str(folder))
        try:
            _check_rank(folder, engine.vllm_config.lora_config.max_lora_rank)
            engine.add_lora(request)
        except RegistryError:
            raise
        except Exception as exc:
            raise RegistryError(f"vLLM cannot serve the adapter in {folder}: {exc}") from exc
        return request


def _check_rank(folder: Path, most: int) -> None:
    rank = int(json.loads((folder / "adapter_config.json").read_text())["r"])
    if rank > most:
        raise RegistryError(
            f"the adapter in {folder} has rank {rank}, and vLLM takes {most}: serve -- --max-lora-rank N"
        )
