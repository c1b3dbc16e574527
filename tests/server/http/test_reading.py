"""Bodies become JSON a few at a time, and no key waits behind another's."""

import asyncio
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute

from server.http.keyed import keyed
from server.http.reading import read_in_turns, whose
from tlpo_guard.keys import Key


def app_with(read: list[str], inside: list[int]) -> FastAPI:
    class Slow(APIRoute):
        """Takes some turns of the loop to read a body."""

        def get_route_handler(self) -> Any:
            serve = super().get_route_handler()

            async def handle(request: Request) -> Any:
                inside.append(inside[-1] + 1)
                await asyncio.sleep(0.01)
                read.append(request.state.key.name)
                inside.append(inside[-1] - 1)
                return await serve(request)

            return handle

    def check(request: Request) -> None:
        request.state.key = Key(request.headers["x-api-key"])

    app = FastAPI()
    router = APIRouter(route_class=keyed(read_in_turns(Slow, several=True), check))

    @router.post("/ask")
    async def ask(body: dict[str, int], key: Annotated[Key, Depends(whose)]) -> str:
        await asyncio.sleep(0.5)  # answering takes no turn
        return key.name

    app.include_router(router)
    return app


def test_a_crowd_of_one_key_leaves_turns_to_others_and_answers_take_none() -> None:
    read: list[str] = []
    inside = [0]

    async def scene() -> None:
        transport = httpx.ASGITransport(app_with(read, inside))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:

            async def ask(key: str) -> str:
                answer = await client.post("/ask", json={"a": 1}, headers={"X-Api-Key": key})
                return str(answer.json())

            crowd = [asyncio.create_task(ask("crowd")) for _ in range(40)]
            await asyncio.sleep(0)
            assert await ask("other") == "other"
            assert await asyncio.gather(*crowd) == ["crowd"] * 40

    asyncio.run(scene())
    assert len(read) == 41 and read.index("other") < 10
    assert 2 <= max(inside) <= 3
