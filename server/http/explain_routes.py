"""`POST /v1/guard/explain`: what is expected of an answer, and what of it the guard would keep out."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from fastapi.routing import APIRoute

from server.engines.engine import Engine
from server.errors import ContextLengthError
from server.http.keyed import KEY_SCHEMES
from server.http.status_replies import refusals
from server.http.wire import Reply, json_response
from server.planning.encoding import PromptEncoder
from server.planning.explain_schemas import ExplainRequest
from server.planning.pool import PlanningPool
from tlpo_guard.explain import Explainer, Explanation
from tlpo_guard.keys import Key
from tlpo_guard.policy import GuardPolicy

__all__ = ["explain_router"]


class ClaimReply(Reply):
    """What speaks for a language.

    Attributes:
        weight: how much it speaks for the whole answer being in the language, 0 to 1.
        text: the words of the conversation that say so.
    """

    language: str
    why: str
    weight: float
    text: str


class BlockedReply(Reply):
    """A stretch of the answer that `mask` would keep out; `start` and `end` are offsets of characters."""

    start: int
    end: int
    text: str
    why: str


class ExplainReply(Reply):
    """What is expected of an answer.

    Attributes:
        expected: BCP-47 tags; empty where unknown, and then nothing is guarded.
        admitted: languages that may appear in it as words, names, examples and quotations.
        claims: strongest first.
    """

    id: str | int | None
    expected: list[str]
    admitted: list[str]
    decided_by: str
    confidence: float
    claims: list[ClaimReply]
    blocked: list[BlockedReply]


def explain_router(
    engine: Engine,
    policy: GuardPolicy,
    planning: PlanningPool,
    authenticate: Callable[..., Any],
    route_class: type[APIRoute],
) -> APIRouter:
    """The route.

    Args:
        policy: the server's.
        planning: runs the tokenizer and the explainer.
        authenticate: gives the request's key.
        route_class: looks at the key.
    """
    router = APIRouter(
        prefix="/v1/guard", responses=refusals(400, 401, 413, 429), route_class=route_class, dependencies=KEY_SCHEMES
    )
    explainer, encoder = Explainer(engine.guard), PromptEncoder(engine)
    has_key = Depends(authenticate)

    @router.post("/explain", response_model=ExplainReply)
    async def explain(body: ExplainRequest, key: Annotated[Key, has_key]) -> Response:
        """Explain what is expected of an answer, and what of it would be kept out."""
        server = key.policy(policy).languages

        def explained() -> Response:
            encoder.check_size([message.text for message in body.question.messages], body.where)
            encoder.check_size([body.completion or ""], "completion")
            return json_response(_reply(body.id, explainer.explain(body.question, _token_ids(engine, body), server)))

        return await planning.run(key.name, explained)

    return router


def _token_ids(engine: Engine, body: ExplainRequest) -> list[int]:
    completion = body.completion or ""
    token_ids = engine.tokenizer.encode(completion, add_special_tokens=False) if completion else []
    if len(token_ids) > engine.card.context_length:
        why = f"completion takes {len(token_ids)}; make it shorter"
        raise ContextLengthError(engine.card.context_length, why, param="completion")
    return token_ids


def _reply(request_id: str | int | None, explanation: Explanation) -> ExplainReply:
    intent = explanation.intent
    return ExplainReply(
        id=request_id,
        expected=list(intent.languages),
        admitted=list(intent.admitted),
        decided_by=intent.decided_by,
        confidence=round(intent.confidence, 4),
        claims=[
            ClaimReply(language=c.language, why=c.why, weight=round(c.weight, 4), text=c.text) for c in intent.claims
        ],
        blocked=[BlockedReply(start=b.start, end=b.end, text=b.text, why=b.why) for b in explanation.blocked],
    )
