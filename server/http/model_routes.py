"""The models and their tokens."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from server.adapters.gate import VersionGate
from server.engines.engine import Engine
from server.errors import UnknownModelError
from server.http.status_replies import ModelCard, ModelList, TokenizeReply, refusals
from server.http.wire import json_response
from server.planning.planner import Planner
from server.planning.schemas import TokenizeRequest
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["model_router"]


def model_router(
    engine: Engine,
    gate: VersionGate,
    registry: AdapterRegistry,
    planner: Planner,
    planning: Executor,
    authenticate: Callable[..., Any],
) -> APIRouter:
    """`/v1/models` and `/tokenize`.

    Args:
        planning: runs the planner.
        authenticate: dependency of every route.
    """
    router = APIRouter(dependencies=[Depends(authenticate)], responses=refusals(401))

    @router.get("/v1/models")
    def models() -> ModelList:
        """The model, and each of its adapter versions that can be pinned."""
        return ModelList(object="list", data=_cards(engine, gate, registry))

    @router.get("/v1/models/{model:path}", responses=refusals(404))
    def model(model: str) -> ModelCard:
        """One of them."""
        for card in _cards(engine, gate, registry):
            if card.id == model:
                return card
        raise UnknownModelError(f"model {model[:80]!r} is not served here; /v1/models lists what is")

    @router.post("/tokenize", response_model=TokenizeReply, responses=refusals(400, 404, 413))
    async def tokenize(body: TokenizeRequest) -> Response:
        """A text, or a conversation, as the model sees it."""

        def tokenized() -> Response:  # the reply too, which may have a million tokens
            ids = planner.tokens(body)
            return json_response(TokenizeReply(tokens=ids, count=len(ids), max_model_len=engine.card.context_length))

        return await asyncio.get_running_loop().run_in_executor(planning, tokenized)

    return router


def _cards(engine: Engine, gate: VersionGate, registry: AdapterRegistry) -> list[ModelCard]:
    name, current = engine.card.name, gate.current
    versions = [BASE, *(version.name for version in registry.list() if not version.damage)]
    named = [(name, current)] + [(f"{name}@{version}", version) for version in versions]
    return [
        ModelCard(
            id=model_id,
            object="model",
            created=0,
            owned_by="tlpo-guard",
            root=name,
            version=version,
            current=version == current,
        )
        for model_id, version in named
    ]
