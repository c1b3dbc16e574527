"""The models and their tokens."""

import asyncio
import time
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from fastapi import APIRouter
from fastapi.responses import Response
from fastapi.routing import APIRoute

from server.adapters.gate import VersionGate
from server.engines.engine import Engine
from server.errors import UnknownModelError
from server.http.keyed import KEY_SCHEMES
from server.http.status_replies import DetokenizeReply, ModelCard, ModelList, TokenizeReply, refusals
from server.http.wire import json_response
from server.planning.planner import Planner
from server.planning.schemas import DetokenizeRequest, TokenizeRequest
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["model_router"]


def model_router(
    engine: Engine,
    gate: VersionGate,
    registry: AdapterRegistry,
    planner: Planner,
    planning: Executor,
    route_class: type[APIRoute],
) -> APIRouter:
    """`/v1/models`, `/tokenize` and `/detokenize`.

    Args:
        planning: runs the planner.
        route_class: looks at the key, and decides what becomes of fields that are not supported.
    """
    router = APIRouter(dependencies=KEY_SCHEMES, responses=refusals(401), route_class=route_class)
    cards = partial(_cards, engine, gate, registry, int(time.time()))

    @router.get("/v1/models")
    def models() -> ModelList:
        """The model, and each of its adapter versions that can be pinned."""
        return ModelList(object="list", data=cards())

    @router.get("/v1/models/{model:path}", responses=refusals(404))
    def model(model: str) -> ModelCard:
        """One of them."""
        for card in cards():
            if card.id == model:
                return card
        raise UnknownModelError(f"model {model[:80]!r} is not served here; /v1/models lists what is")

    @router.post("/tokenize", response_model=TokenizeReply, responses=refusals(400, 404, 413))
    async def tokenize(body: TokenizeRequest) -> Response:
        """A text, or a conversation, as the model sees it."""

        def tokenized() -> Response:  # the reply too, which may have a million tokens
            ids = planner.tokens(body)
            reply = TokenizeReply(tokens=ids, count=len(ids), max_model_len=engine.card.context_length)
            if body.return_token_strs:
                reply.token_strs = engine.tokenizer.strings(ids)
            return json_response(reply)

        return await asyncio.get_running_loop().run_in_executor(planning, tokenized)

    @router.post("/detokenize", response_model=DetokenizeReply, responses=refusals(400, 404, 413))
    async def detokenize(body: DetokenizeRequest) -> Response:
        """The text of token ids."""

        def detokenized() -> Response:
            return json_response(DetokenizeReply(prompt=planner.detokenized(body)))

        return await asyncio.get_running_loop().run_in_executor(planning, detokenized)

    return router


def _cards(engine: Engine, gate: VersionGate, registry: AdapterRegistry, loaded: int) -> list[ModelCard]:
    """What is served.

    Args:
        loaded: when the server loaded the model; Unix time, seconds.
    """
    name, current = engine.card.name, gate.current
    versions = [version for version in registry.list() if not version.damage]
    made = {version.name: _made(version.lineage.get("created_at"), loaded) for version in versions}
    named = [(name, current)] + [(f"{name}@{version}", version) for version in (BASE, *made)]
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
