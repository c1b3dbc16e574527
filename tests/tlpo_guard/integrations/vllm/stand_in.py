"""An ASGI application with what of vLLM's server the middleware touches: it notes the bodies that it gets, and answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tlpo_guard.integrations.vllm import GuardMiddleware

ANSWER = '안녕 "finish_reason":"stop" 하세요'
KEY = "key-that-vllm-knows"


@dataclass
class Engine:
    """Stands in for the client of vLLM's engine.

    Attributes:
        settles: what the workers tell, one answer for each call; the last one over and over.
    """

    settles: list[Any] = field(default_factory=lambda: [[(0, 0)]])
    calls: int = 0
    removed: list[int] = field(default_factory=list)
    lora: object = None
    vllm_config: Any = None

    def __post_init__(self) -> None:
        parallel = SimpleNamespace(data_parallel_size=1)
        self.vllm_config = SimpleNamespace(parallel_config=parallel, lora_config=self.lora)

    async def collective_rpc(self, method: str, args: tuple[Any, ...] = ()) -> Any:
        self.calls += 1
        told = self.settles.pop(0) if len(self.settles) > 1 else self.settles[0]
        if isinstance(told, Exception):
            raise told
        return told

    async def remove_lora(self, number: int) -> bool:
        self.removed.append(number)
        return True


@dataclass
class Models:
    """Stands in for vLLM's list of models; those in `broken` cannot be loaded."""

    broken: set[str] = field(default_factory=set)
    lora_requests: dict[str, Any] = field(default_factory=dict)
    base_model_paths: tuple[Any, ...] = (SimpleNamespace(name="smollm2"), SimpleNamespace(name="alias"))

    async def resolve_lora(self, name: str) -> Any:
        await asyncio.sleep(0)
        if name in self.broken:
            return SimpleNamespace(error="cannot be loaded")
        return self.lora_requests.setdefault(
            name, SimpleNamespace(lora_name=name, lora_int_id=len(self.lora_requests) + 1)
        )


@dataclass
class StandIn:
    """The application behind the middleware, and a client of it.

    Attributes:
        seen: the bodies that came through, newest last; bytes where they are no JSON.
        refuses: keys other than `KEY` get 401, before anything is read.
    """

    engine: Engine = field(default_factory=Engine)
    models: Models = field(default_factory=Models)
    refuses: bool = False
    seen: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    read: int = 0

    def __post_init__(self) -> None:
        paths = ("/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/load_lora_adapter", "/other")
        app = Starlette(routes=[Route(path, self._answer, methods=["POST"]) for path in paths])
        arguments = SimpleNamespace(api_key=[KEY] if self.refuses else None)
        app.state.openai_serving_models, app.state.engine_client, app.state.args = self.models, self.engine, arguments
        app.add_middleware(GuardMiddleware)
        self.app = app

    def ask(self, body: Any = None, *, path: str = "/v1/chat/completions", **options: Any) -> httpx.Response:
        """The response to one request."""
        return self.ask_all([body], path=path, **options)[0]

    def ask_all(
        self, bodies: Sequence[Any], *, path: str = "/v1/chat/completions", **options: Any
    ) -> list[httpx.Response]:
        """The responses to some requests in a row, in one event loop."""

        async def all_of_them() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://vllm") as client:
                responses = []
                for body in bodies:
                    if callable(body):
                        body()
                        continue
                    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
                    responses.append(await client.post(path, **sent, **options))
                return responses

        return asyncio.run(all_of_them())

    async def _answer(self, request: Request) -> Response:
        if self.refuses and request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": "Unauthorized"}, 401)
        self.headers.append(dict(request.headers))
        raw = await request.body()
        self.read += 1
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            self.seen.append(raw)
            return JSONResponse({"error": {"message": "vLLM cannot read this", "code": 400}}, 400)
        self.seen.append(body)
        own = {"id": body.get("request_id"), "model": body.get("model")} if isinstance(body, dict) else {}
        if isinstance(body, dict) and body.get("stream"):
            return StreamingResponse(self._frames(own), media_type="text/event-stream")
        return JSONResponse({**own, "choices": [{"index": 0, "message": {"content": ANSWER}, "finish_reason": "stop"}]})

    async def _frames(self, own: dict[str, Any]) -> AsyncIterator[str]:
        for index, finish in ((0, None), (0, None), (0, "stop")):
            choice = {"index": index, "delta": {"content": ANSWER}, "finish_reason": finish}
            yield f"data: {json.dumps({**own, 'choices': [choice]}, separators=(',', ':'))}\n\n"
        yield f"data: {json.dumps({**own, 'choices': [], 'usage': {'total_tokens': 3}}, separators=(',', ':'))}\n\n"
        yield "data: [DONE]\n\n"
