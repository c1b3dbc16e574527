"""Turns, and a line with an end."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.errors import StoppingError
from server.generation.admission import Admission, QueueFullError


@asynccontextmanager
async def holding(admission: Admission, key: str, count: int = 1) -> AsyncIterator[None]:
    """All slots of a request with so many sequences."""
    place = admission.enter(key, count)
    try:
        slots = [await admission.take(place) for _ in range(count)]
        try:
            yield
        finally:
            for slot in slots:
                slot.release()
    finally:
        admission.leave(place)


def test_keys_take_turns_however_many_requests_one_of_them_has() -> None:
    async def scene() -> list[str]:
        admission, order = Admission(1, 100), []

        async def one(key: str) -> None:
            async with holding(admission, key):
                order.append(key)
                await asyncio.sleep(0)

        async with holding(admission, "first"):
            waiting = [asyncio.create_task(one(key)) for key in ["greedy"] * 6 + ["modest"] * 2]
            await asyncio.sleep(0.01)
        await asyncio.gather(*waiting)
        return order

    assert asyncio.run(scene()) == ["greedy", "modest", "greedy", "modest", *["greedy"] * 4]


def test_a_wide_request_enters_sequence_by_sequence_and_leaves_no_slot_empty() -> None:
    async def scene() -> None:
        admission = Admission(4, 100)
        async with holding(admission, "narrow", 3):
            place = admission.enter("wide", 4)
            waiting = [asyncio.create_task(admission.take(place)) for _ in range(4)]
            await asyncio.sleep(0.01)
            assert (admission.running, admission.waiting) == (4, 3)
            async with asyncio.timeout(1), holding(admission, "wide-too", 0):
                assert admission.running == 4
        for slot in await asyncio.gather(*waiting):
            slot.release()
        admission.leave(place)
        assert (admission.running, admission.waiting) == (0, 0)

    asyncio.run(scene())


def test_one_key_leaves_slots_for_others() -> None:
    async def scene() -> None:
        admission = Admission(4, 100, share=3)
        place = admission.enter("greedy", 8)
        waiting = [asyncio.create_task(admission.take(place)) for _ in range(8)]
        await asyncio.sleep(0.01)
        assert admission.running == 3
        async with asyncio.timeout(1), holding(admission, "modest"):
            assert admission.running == 4
        for task in waiting:
            task.cancel()
        for slot in await asyncio.gather(*waiting, return_exceptions=True):
            if not isinstance(slot, BaseException):
                slot.release()
        admission.leave(place)
        assert (admission.running, admission.waiting) == (0, 0)

    asyncio.run(scene())


def test_the_line_has_an_end() -> None:
    async def scene() -> None:
        admission = Admission(2, 3)
        async with holding(admission, "a", 2):
            places = [admission.enter("b", 1) for _ in range(2)]
            places.append(admission.enter("b", 1))
            with pytest.raises(QueueFullError):
                admission.enter("b", 1)
            for place in places:
                admission.leave(place)
        assert (admission.running, admission.waiting) == (0, 0)

    asyncio.run(scene())


def test_who_has_less_in_a_full_line_gets_the_latest_place_of_who_has_most() -> None:
    async def scene() -> None:
        admission = Admission(1, 4)
        async with holding(admission, "first"):
            places = [admission.enter("greedy", 1) for _ in range(4)]
            waiting = [asyncio.create_task(admission.take(place)) for place in places]
            await asyncio.sleep(0.01)
            modest = [admission.enter("modest", 1) for _ in range(2)]
            with pytest.raises(QueueFullError):
                admission.enter("modest", 1)
            with pytest.raises(QueueFullError):
                admission.enter("greedy", 1)
            with pytest.raises(QueueFullError):
                admission.enter("wide", 3)
            await asyncio.sleep(0.01)
            assert [place.sent_away for place in places] == [False, False, True, True]
            assert [task.done() for task in waiting] == [False, False, True, True]
            with pytest.raises(QueueFullError):
                await waiting[3]
            assert admission.waiting == 4
        for task in waiting[:2]:
            (await task).release()
        with pytest.raises(QueueFullError):
            await admission.take(places[2])
        assert isinstance(waiting[2].exception(), QueueFullError)
        for place in (*places, *modest):
            admission.leave(place)
        assert (admission.running, admission.waiting) == (0, 0)

    asyncio.run(scene())


def test_nobody_is_let_in_when_the_server_is_about_to_stop() -> None:
    admission = Admission(1, 1)
    admission.closed = True
    with pytest.raises(StoppingError):
        admission.enter("a", 1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [None, 2])
def test_whatever_happens_no_slot_is_lost_and_none_is_given_twice(seed: int, share: int | None) -> None:
    dice = random.Random(seed)

    async def scene() -> None:
        admission, held = Admission(4, 12, share), 0

        async def one() -> None:
            nonlocal held
            place = admission.enter(f"key{dice.randrange(3)}", dice.randint(1, 4))
            try:
                for _ in range(place.waiting):
                    with await admission.take(place) as slot:
                        if dice.random() < 0.2:
                            slot.release(waits_again=True)
                            slot = await admission.take(place)
                        held += 1
                        assert held <= 4
                        try:
                            await asyncio.sleep(dice.random() * 0.002)
                        finally:
                            held -= 1
                            slot.release()
            finally:
                admission.leave(place)

        tasks = [asyncio.create_task(one()) for _ in range(150)]
        for task in tasks:
            if dice.random() < 0.4:
                await asyncio.sleep(dice.random() * 0.001)
                task.cancel()
        async with asyncio.timeout(20):
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [e for e in ended if isinstance(e, Exception) and not isinstance(e, QueueFullError)]
        assert (admission.running, admission.waiting, held) == (0, 0, 0)
        assert not admission._lines

    asyncio.run(scene())
