"""The models and their tokens."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from fastapi.routing import APIRoute

from server.adapters.gate import VersionGate
from server.engines.engine import Engine
from server.errors import UnknownModelError
from server.http.keyed import KEY_SCHEMES
from server.http.status_replies import DetokenizeReply, ModelCard, ModelList, TokenizeReply, refusals
from server.http.wire import json_response
from server.planning.planner import Planner
from server.planning.pool import PlanningPool
from server.planning.schemas import DetokenizeRequest, TokenizeRequest
from server.planning.versions import NamedVersions
from tlpo_guard.keys import Key
from tlpo_guard.registry import BASE, AdapterVersion

__all__ = ["model_router"]


def model_router(
    engine: Engine,
    gate: VersionGate,
    versions: NamedVersions,
    planner: Planner,
    planning: PlanningPool,
    authenticate: Callable[..., Any],
    route_class: type[APIRoute],
) -> APIRouter:
    """`/v1/models`, `/tokenize` and `/detokenize`.

    Args:
        planning: runs the planner.
        authenticate: gives the request's key.
        route_class: looks at the key, and decides what becomes of fields that are not supported.
    """
    router = APIRouter(dependencies=KEY_SCHEMES, responses=refusals(401), route_class=route_class)
    has_key = Depends(authenticate)
    started = int(time.time())

    def cards(key: Key) -> list[ModelCard]:
        return _cards(engine, gate, versions.visible(key), started, with_versions=key.may_pin)

    @router.get("/v1/models")
    def models(key: Annotated[Key, has_key]) -> ModelList:
        """The model, and each of its adapter versions that the key may name."""
        return ModelList(object="list", data=cards(key))

    @router.get("/v1/models/{model:path}", responses=refusals(404))
    def model(model: str, key: Annotated[Key, has_key]) -> ModelCard:
        """One of them."""
        for card in cards(key):
            if card.id == model:
                return card
        raise UnknownModelError(f"model {model[:80]!r} is not served here; /v1/models lists what is")

    @router.post("/tokenize", response_model=TokenizeReply, responses=refusals(400, 403, 404, 413, 429))
    async def tokenize(body: TokenizeRequest, key: Annotated[Key, has_key]) -> Response:
        """A text, or a conversation, as the model sees it."""

        def tokenized() -> Response:  # the reply too, which may have a million tokens
            ids = planner.tokens(body, key)
            reply = TokenizeReply(tokens=ids, count=len(ids), max_model_len=engine.card.context_length)
            if body.return_token_strs:
                reply.token_strs = engine.tokenizer.strings(ids)
            return json_response(reply)

        return await planning.run(key.name, tokenized)

    @router.post("/detokenize", response_model=DetokenizeReply, responses=refusals(400, 403, 404, 413, 429))
    async def detokenize(body: DetokenizeRequest, key: Annotated[Key, has_key]) -> Response:
        """The text of token ids."""

        def detokenized() -> Response:
            return json_response(DetokenizeReply(prompt=planner.detokenized(body, key)))

        return await planning.run(key.name, detokenized)

    return router


def _cards(
    engine: Engine, gate: VersionGate, versions: Sequence[AdapterVersion], loaded: int, *, with_versions: bool
) -> list[ModelCard]:
    """What is served.

    Args:
        versions: to be listed, besides the base.
        loaded: when the server loaded the model; Unix time, seconds.
    """
    name, current = engine.card.name, gate.current
    made = {version.name: _made(version.lineage.get("created_at"), loaded) for version in versions}
    named = [(name, current)] + [(f"{name}@{version}", version) for version in (BASE, *made) if with_versions]
    return [
        ModelCard(
            id=model_id,
            object="model",
            created=made.get(version, loaded),
            owned_by="tlpo-guard",
            root=name,
            max_model_len=engine.card.context_length,
            version=version,
            current=version == current,
        )
        for model_id, version in named
    ]


def _made(created_at: object, otherwise: int) -> int:
    """A date of a lineage as Unix time, seconds."""
    try:
        return int(datetime.fromisoformat(str(created_at)).timestamp())
    except ValueError:
        return otherwise
