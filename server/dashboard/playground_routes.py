"""The playground: one prompt, three answers side by side."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import ValidationError

from server.dashboard.forms import form_of
from server.dashboard.pages import page
from server.dashboard.parts import DashboardParts
from server.dashboard.playground_asks import Ask, Way
from server.dashboard.playground_stream import PlaygroundStream
from server.errors import InvalidRequestError
from server.http.generation_routes import Wanted
from server.planning.schemas import ChatRequest
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.intent import Intent, Message, expected_language
from tlpo_guard.keys import Key
from tlpo_guard.languages.tags import languages
from tlpo_guard.policy import Mode

__all__ = ["playground_router"]

_ADMIN = Key("admin", may_pin=True, admin=True)


def playground_router(parts: DashboardParts, route_class: type[APIRoute]) -> APIRouter:
    """`/dashboard/playground`."""
    router = APIRouter(prefix="/dashboard/playground", include_in_schema=False, route_class=route_class)
    engine, answering = parts.engine, parts.answering

    @router.get("")
    def show(request: Request) -> Response:
        versions = [version.name for version in parts.registry.list() if not version.damage]
        shown: dict[str, Any] = {"modes": list(Mode), "ways": list(Way), "policy": parts.policy}
        return page(
            request,
            "playground.html.jinja",
            versions=versions,
            current=parts.registry.current(),
            model=engine.card.name,
            endpoint=str(request.base_url).rstrip("/"),
            **shown,
        )

    @router.post("/claims")
    async def claims(request: Request) -> Response:
        """What speaks for a language in what is written so far."""
        form = await form_of(request)
        ask = _asked({name: form[name] for name in ("prompt", "system", "language") if name in form})
        intent = await answering.planning.run(_ADMIN.name, lambda: _expected(ask, parts.policy.languages))
        return await run_in_threadpool(page, request, "claims.html.jinja", intent=intent)

    @router.post("/answers/{way}")
    async def answer(request: Request, way: Way) -> Response:
        """One of the answers, streamed."""
        body = _chat(_asked(await request.json()), way, engine.card.name)
        wanted = Wanted(_ADMIN, 1, lambda: answering.planner.chat(body, _ADMIN))
        return await answering.stream(request, wanted, lambda generation: PlaygroundStream(generation, engine))

    return router


def _asked(form: object) -> Ask:
    try:
        return Ask.model_validate(form)
    except ValidationError as exc:
        raise _refusal(exc) from exc


def _chat(ask: Ask, way: Way, model: str) -> ChatRequest:
    try:
        return ask.request(way, model)
    except ValidationError as exc:
        raise _refusal(exc) from exc


def _refusal(exc: ValidationError) -> InvalidRequestError:
    first = exc.errors()[0]
    field = ".".join(map(str, first["loc"])) or "the form"
    return InvalidRequestError(f"{field}: {first['msg']}", param=field, code="invalid_value")


def _expected(ask: Ask, server: tuple[str, ...]) -> Intent:
    try:
        asked = languages(ask.language)
    except UnknownLanguageError as exc:
        raise InvalidRequestError(str(exc), param="language", code="invalid_value") from exc
    said = [Message(message["role"], message["content"]) for message in ask.messages if message["content"].strip()]
    return expected_language(asked, server, said)
