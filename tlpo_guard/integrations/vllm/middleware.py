"""What stands before vLLM's own server: an ASGI layer that knows the conversation, the key and the adapter version.

python -m vllm.entrypoints.openai.api_server --middleware tlpo_guard.integrations.vllm.GuardMiddleware ...
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from tlpo_guard.guard_options import default_policy
from tlpo_guard.integrations.vllm.front.callers import Callers, checks_keys
from tlpo_guard.integrations.vllm.front.endpoints import ENDPOINTS
from tlpo_guard.integrations.vllm.front.exchange import Exchange
from tlpo_guard.integrations.vllm.front.refusals import RefusedError, Send
from tlpo_guard.integrations.vllm.front.telling import Front
from tlpo_guard.integrations.vllm.front.versions import ServedVersions
from tlpo_guard.integrations.vllm.settling import EngineEvents
from tlpo_guard.integrations.vllm.starting import loads_adapters
from tlpo_guard.registry import open_registry
from tlpo_guard.settings import load_settings

__all__ = ["GuardMiddleware"]

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_MAX_BODY_BYTES = 64 * 2**20  # pictures are in bodies, too; the setting `max_body_bytes` says otherwise


# Loading adapters while it runs opens these to every key of vLLM's, for any folder of the machine.
_LOADING = ("/v1/load_lora_adapter", "/v1/unload_lora_adapter")
_CLOSED = RefusedError(
    HTTPStatus.FORBIDDEN,
    "adapters come out of the registry; others are loaded with the admin key alone, which TLPO_GUARD_ADMIN_KEY sets",
)


class GuardMiddleware:
    """Tells the guard in vLLM's engine what only the front end knows, and the client what the guard did.

    For requests that generate: the expected language and what else the messages claim, the request's `guard`, its id, its key's
    name and the adapter version go into `vllm_xargs`, over whatever the client sent under those names. The reply, and the last
    chunk of a stream, get a field `guard`, once the events of the request are in the log. What this layer cannot read vLLM
    gets as it is, and a fault in it costs no answer.

    Raises:
        ConfigurationError: settings, keys or a registry that cannot be used.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._settings = load_settings()
        self._callers = Callers(self._settings)
        self._policy = default_policy(self._settings)
        location = self._settings.registry or self._settings.data_dir / "adapters"
        self._registry = open_registry(location)
        given = "max_body_bytes" in self._settings.model_fields_set
        self._max_body_bytes = self._settings.max_body_bytes if given else _MAX_BODY_BYTES
        self._front: Front | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in _LOADING and not self._is_admin(scope):
            await _CLOSED.send(send, close=True)
            return
        if path not in ENDPOINTS:
            await self._app(scope, receive, send)
            return
        if self._front is None:
            self._front = self._made(scope["app"].state)
        await Exchange(self._front, ENDPOINTS[path], scope, receive, send).run(self._app)

    def _is_admin(self, scope: Scope) -> bool:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return self._callers.of(headers, checked=False).admin

    def _made(self, state: Any) -> Front:
        served, engine = state.openai_serving_models, state.engine_client
        versions = ServedVersions(
            self._registry,
            served,
            engine,
            adapters=loads_adapters(engine.vllm_config, self._registry),
            poll_seconds=self._settings.swap_poll_seconds,
        )
        return Front(
            policy=self._policy,
            callers=self._callers,
            versions=versions,
            events=EngineEvents(engine, self._settings.store_location),
            checks_keys=checks_keys(state.args),
            max_body_bytes=self._max_body_bytes,
        )
