"""A request's body with what the guard in the engine is told."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from tlpo_guard.guard_options import PREFIX
from tlpo_guard.integrations.vllm.front.arguments import XARGS, Asked, Guarding, asked, guarding
from tlpo_guard.integrations.vllm.front.callers import Callers
from tlpo_guard.integrations.vllm.front.endpoints import Body, Endpoint
from tlpo_guard.integrations.vllm.front.refusals import RefusedError
from tlpo_guard.integrations.vllm.front.versions import Model, ServedVersions
from tlpo_guard.integrations.vllm.settling import EngineEvents
from tlpo_guard.intent import Message
from tlpo_guard.keys import Key
from tlpo_guard.policy import GuardPolicy

__all__ = ["Front", "Told", "told"]

logger = logging.getLogger(__name__)

_READ_HERE = 2_000  # characters of a conversation; longer ones are read in a thread


@dataclass(frozen=True, slots=True)
class Front:
    """What all requests to one server share.

    Attributes:
        policy: of requests and keys that do not say.
        checks_keys: whether vLLM refuses keys that it does not know.
    """

    policy: GuardPolicy
    callers: Callers
    versions: ServedVersions
    events: EngineEvents
    checks_keys: bool
    max_body_bytes: int


@dataclass(frozen=True, slots=True)
class Told:
    """A body as vLLM gets it.

    Attributes:
        model: that answers; None where nothing could be read.
        guarding: None where the guard knows no language.
    """

    body: bytes
    model: Model | None = None
    guarding: Guarding | None = None


async def told(front: Front, endpoint: Endpoint, raw: bytes, key: Key, request_id: str) -> Told:
    """A body with the guard's arguments in it; one that vLLM cannot read either, as it is.

    Args:
        request_id: without what the endpoint puts before it.

    Raises:
        RefusedError: options that cannot be used, or a version that the key may not name.
    """
    try:
        body = json.loads(raw)
        if not isinstance(body, dict):
            return Told(raw)
        said = asked(body)
    except (ValueError, RecursionError):
        return Told(raw)
    model = await _model(front, body, key)
    if model.name is not None:
        body["model"] = model.name
    arguments = {"request": endpoint.before_id + request_id, "key": key.name, "adapter": model.version}
    if said.user:
        arguments["user"] = said.user
    decided = await _decided(said, endpoint, body, key.policy(front.policy))
    decisions = {} if decided is None else decided.arguments()
    body[XARGS] = {**said.others, **decisions, **{PREFIX + name: value for name, value in arguments.items()}}
    body["request_id"] = request_id
    try:
        return Told(json.dumps(body).encode(), model, decided)
    except RecursionError:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is nested too deep") from None


async def _model(front: Front, body: Body, key: Key) -> Model:
    try:
        return await front.versions.chosen(body.get("model"), key)
    except RefusedError:
        raise
    except Exception:
        logger.exception("the adapter version of a request cannot be chosen; its model's name stays")
        return Model(None, "base")


async def _decided(said: Asked, endpoint: Endpoint, body: Body, default: GuardPolicy) -> Guarding | None:
    try:
        conversations = endpoint.conversations(body)
        if _characters(conversations) <= _READ_HERE:
            return guarding(said, conversations, default)
        return await asyncio.to_thread(guarding, said, conversations, default)
    except ValueError:
        return None  # vLLM refuses such messages
    except Exception:
        logger.exception("the expected language of a request cannot be told")
        return None


def _characters(conversations: Sequence[Sequence[Message]]) -> int:
    return sum(len(message.text) for one in conversations for message in one)
