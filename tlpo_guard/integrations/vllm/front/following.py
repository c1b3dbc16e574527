"""The registry's current version, followed, and loaded into vLLM before a request needs it."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from tlpo_guard.integrations.vllm.front.names import version_name
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["ADMITTED", "Admitted", "CurrentVersion"]

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 2.0  # that a request waits for the registry to say what is current


@dataclass(slots=True)
class Admitted:
    """What the resolver may load.

    Attributes:
        models: names that the base is served under; empty where no middleware has said.
        refused: versions that the gate refused and that somebody asked for who may.
    """

    models: tuple[str, ...] = ()
    refused: set[str] = field(default_factory=set)


ADMITTED = Admitted()
"""Of this process: vLLM makes the resolver and the middleware apart."""


class CurrentVersion:
    """Looks at the registry's pointer when a request comes, at most once in so many seconds.

    Args:
        served: vLLM's own list of models, `app.state.openai_serving_models`.
    """

    def __init__(self, registry: AdapterRegistry, served: Any, admitted: Admitted, poll_seconds: float) -> None:
        self._registry = registry
        self._served = served
        self._admitted = admitted
        self._poll_seconds = poll_seconds
        self._version = BASE
        self._unusable: str | None = None  # a current version that could not be loaded
        self._looked_at = -poll_seconds
        self._looking: asyncio.Task[None] | None = None

    async def get(self) -> str:
        """The version; the one before while another is being loaded, or cannot be."""
        if time.monotonic() - self._looked_at >= self._poll_seconds:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            await asyncio.wait((self._looking,), timeout=_PATIENCE_SECONDS)
        return self._version

    async def _look(self) -> None:
        try:
            wanted = await asyncio.to_thread(self._registry.current)
            if wanted == self._version:
                self._unusable = None
            elif wanted != self._unusable:
                await self._move(wanted)
        except Exception:
            logger.exception("the adapter registry cannot be followed; staying with %s", self._version)
        finally:
            self._looked_at = time.monotonic()

    async def _move(self, wanted: str) -> None:
        if wanted != BASE:
            self._admitted.refused.add(wanted)  # who moved the pointer there may
            loaded = await self._served.resolve_lora(version_name(self._admitted.models[0], wanted))
            if not hasattr(loaded, "lora_name"):
                self._unusable = wanted
                logger.error("adapter version %s cannot be loaded; staying with %s", wanted, self._version)
                return
        self._version, self._unusable = wanted, None
        logger.info("now serving adapter version %s", wanted)
