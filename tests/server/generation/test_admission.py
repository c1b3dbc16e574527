"""Turns, and a line with an end."""

import asyncio
import random

import pytest

from server.generation.admission import Admission, QueueFullError


def test_keys_take_turns_however_many_requests_one_of_them_has() -> None:
    async def scene() -> list[str]:
        admission, order = Admission(1, 100), []

        async def one(key: str) -> None:
            async with admission.hold(key, 1):
                order.append(key)
                await asyncio.sleep(0)

        async with admission.hold("first", 1):
            waiting = [asyncio.create_task(one(key)) for key in ["greedy"] * 6 + ["modest"] * 2]
            await asyncio.sleep(0.01)
        await asyncio.gather(*waiting)
        return order

    assert asyncio.run(scene()) == ["greedy", "modest", "greedy", "modest", *["greedy"] * 4]


def test_the_line_has_an_end() -> None:
    async def scene() -> None:
        admission = Admission(2, 3)
        async with admission.hold("a", 2):
            waiting = [asyncio.create_task(admission.hold("b", 1).__aenter__()) for _ in range(2)]
            await asyncio.sleep(0.01)
            admission.check(1)
            with pytest.raises(QueueFullError):
                admission.check(2)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        assert (admission.running, admission.waiting) == (0, 0)

    asyncio.run(scene())


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_no_slot_is_lost_and_none_is_given_twice(seed: int) -> None:
    dice = random.Random(seed)

    async def scene() -> None:
        admission, held = Admission(4, 1_000), 0

        async def one() -> None:
            nonlocal held
            count = dice.randint(1, 4)
            async with admission.hold(f"key{dice.randrange(3)}", count):
                held += count
                assert held <= 4
                try:
                    await asyncio.sleep(dice.random() * 0.002)
                finally:
                    held -= count

        tasks = [asyncio.create_task(one()) for _ in range(150)]
        for task in tasks:
            if dice.random() < 0.4:
                await asyncio.sleep(dice.random() * 0.001)
                task.cancel()
        async with asyncio.timeout(20):
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [e for e in ended if isinstance(e, Exception)]
        assert (admission.running, admission.waiting, held) == (0, 0, 0)

    asyncio.run(scene())
