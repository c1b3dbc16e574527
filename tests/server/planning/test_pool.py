"""Plans are made beside the event loop, and no key holds up another's."""

import asyncio
import threading

import pytest

from server.planning.pool import PlanningPool


def test_a_long_plan_holds_up_its_own_key_only() -> None:
    async def scene() -> None:
        pool, done = PlanningPool(several=True), threading.Event()
        own = [asyncio.create_task(pool.run("greedy", lambda: done.wait(10))) for _ in range(8)]
        await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            assert await pool.run("modest", lambda: 7) == 7
        assert not any(task.done() for task in own)
        done.set()
        assert all(await asyncio.gather(*own))
        pool.close()

    asyncio.run(scene())


def test_what_a_plan_raises_is_raised_and_the_thread_is_free() -> None:
    def fail() -> None:
        raise ValueError("no plan")

    async def scene() -> None:
        pool = PlanningPool(several=False)
        for _ in range(5):
            with pytest.raises(ValueError, match="no plan"):
                await pool.run("", fail)
        pool.close()

    asyncio.run(scene())


def test_who_leaves_keeps_the_turn_until_the_thread_is_free() -> None:
    async def scene() -> None:
        pool, done = PlanningPool(several=True), threading.Event()
        leaving = asyncio.create_task(pool.run("greedy", lambda: done.wait(10)))
        await asyncio.sleep(0.01)
        leaving.cancel()
        following = asyncio.create_task(pool.run("greedy", done.is_set))
        await asyncio.sleep(0.01)
        assert not following.done()
        done.set()
        assert await following
        await asyncio.gather(leaving, return_exceptions=True)
        pool.close()

    asyncio.run(scene())
