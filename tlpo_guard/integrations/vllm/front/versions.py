"""Which adapter version a request gets: the one that its model's name pins, else the registry's current one."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tlpo_guard.errors import RegistryError
from tlpo_guard.integrations.vllm.front.following import ADMITTED, Admitted, CurrentVersion
from tlpo_guard.integrations.vllm.front.names import split_name, version_name
from tlpo_guard.integrations.vllm.front.refusals import RefusedError
from tlpo_guard.keys import Key
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["Model", "ServedVersions"]

logger = logging.getLogger(__name__)

_IDLE_SECONDS = 600.0  # after which a version that nobody asks for is unloaded


@dataclass(frozen=True, slots=True)
class Model:
    """What a request is answered by.

    Attributes:
        name: for vLLM; None leaves the request's as it is.
        version: for the log.
    """

    name: str | None
    version: str


@dataclass(slots=True)
class _Use:
    in_flight: int = 0
    last: float = 0.0  # seconds, of the monotonic clock


class ServedVersions:
    """The versions of one vLLM server.

    Args:
        served: vLLM's own list of models, `app.state.openai_serving_models`.
        engine: vLLM's client of the engine.
        adapters: whether vLLM loads adapters while it runs; without, the base answers.
        poll_seconds: after which the registry's pointer is looked at again.
    """

    def __init__(
        self,
        registry: AdapterRegistry,
        served: Any,
        engine: Any,
        *,
        adapters: bool,
        poll_seconds: float,
        admitted: Admitted = ADMITTED,
    ) -> None:
        self._registry = registry
        self._served = served
        self._engine = engine
        self._adapters = adapters
        self._admitted = admitted
        self._current = CurrentVersion(registry, served, admitted, poll_seconds)
        self._uses: dict[str, _Use] = {}
        admitted.models = tuple(path.name for path in served.base_model_paths)

    @contextmanager
    def in_use(self, model: Model) -> Iterator[None]:
        """Keep a version loaded while a request runs."""
        use = self._uses.setdefault(model.name, _Use()) if model.name else _Use()
        use.in_flight += 1
        try:
            yield
        finally:
            use.in_flight -= 1
            use.last = time.monotonic()

    async def chosen(self, name: object, key: Key) -> Model:
        """What answers a request for a model's name.

        Raises:
            RefusedError: a version that the key may not name.
        """
        models = self._admitted.models
        if not name or name in models:
            current = await self._current.get() if self._adapters else BASE
            await self._unload_idle(version_name(models[0], current))
            return Model(None if current == BASE else version_name(models[0], current), current)
        if not isinstance(name, str):
            return Model(None, BASE)
        model, version = split_name(name)
        if version is None or model not in models:
            return Model(None, name if name in self._served.lora_requests else BASE)
        if not key.may_pin:
            message = "this key may not name adapter versions; `tlpo-guard keys add --may-pin` makes one that may"
            raise RefusedError(HTTPStatus.FORBIDDEN, message, param="model")
        if version != BASE:
            await self._admit(name, version, key)
        return Model(version_name(models[0], version), version)

    async def _admit(self, name: str, version: str, key: Key) -> None:
        try:
            known = await asyncio.to_thread(self._registry.get, version)
        except RegistryError:
            known = None
        if known is not None and known.refused and key.admin:
            self._admitted.refused.add(version)
        if known is None or (known.refused and not key.admin) or not self._adapters:
            valid = ", ".join(self._admitted.models)
            message = f"The model `{name[:200]}` does not exist. Valid aliases: {valid}."
            raise RefusedError(HTTPStatus.NOT_FOUND, message, param="model")

    async def _unload_idle(self, current: str) -> None:
        """Unload versions, but the current one, that nobody has asked for in a while."""
        now = time.monotonic()
        for name, use in [*self._uses.items()]:
            if name == current or use.in_flight or now - use.last < _IDLE_SECONDS:
                continue
            del self._uses[name]
            loaded = self._served.lora_requests.pop(name, None)
            if loaded is not None:
                await self._engine.remove_lora(loaded.lora_int_id)
                logger.info("adapter %s is unloaded; nobody has asked for it in a while", name)
