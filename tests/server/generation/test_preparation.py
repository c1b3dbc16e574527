"""Tables are made once, on a thread of their own, before an answer begins."""

import asyncio
import threading
from typing import cast

import pytest

from server.engines.engine import Engine
from server.generation.preparation import Preparation
from tlpo_guard.policy import GuardPolicy, Mode


class Maker:
    """An engine that takes its time over a policy's tables, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.prepared: list[GuardPolicy] = []
        self.threads: set[str] = set()
        self.allowed = threading.Event()
        self.allowed.set()
        self._failures = failures

    def prepare(self, policy: GuardPolicy) -> None:
        assert self.allowed.wait(10)
        self.threads.add(threading.current_thread().name)
        self.prepared.append(policy)
        if len(self.prepared) <= self._failures:
            raise RuntimeError("no memory")


def preparation(maker: Maker) -> Preparation:
    return Preparation(cast(Engine, maker))


def test_requests_that_need_the_same_tables_wait_for_one_making_and_the_loop_goes_on() -> None:
    async def scene() -> None:
        maker = Maker()
        maker.allowed.clear()
        tables = preparation(maker)
        policy = GuardPolicy(mode=Mode.REWIND, languages=("ko",))
        waiting = [asyncio.create_task(tables.prepare([policy])) for _ in range(8)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        maker.allowed.set()
        await asyncio.gather(*waiting)
        await tables.prepare([policy])
        assert maker.prepared == [policy]
        assert len(maker.threads) == 1 and threading.current_thread().name not in maker.threads
        tables.close()

    asyncio.run(scene())


def test_each_set_of_rules_is_prepared_and_what_guards_nothing_is_not() -> None:
    async def scene() -> None:
        maker = Maker()
        tables = preparation(maker)
        rules = [GuardPolicy(mode=mode, languages=(tag,)) for mode in (Mode.MASK, Mode.REWIND) for tag in ("ko", "hi")]
        await tables.prepare([*rules, *rules, GuardPolicy(mode=Mode.OFF, languages=("ko",)), GuardPolicy()])
        assert maker.prepared == rules
        tables.close()

    asyncio.run(scene())


def test_who_leaves_while_tables_are_made_takes_nobody_along() -> None:
    async def scene() -> None:
        maker = Maker()
        maker.allowed.clear()
        tables, policy = preparation(maker), GuardPolicy(languages=("ko",))
        leaving, staying = (asyncio.create_task(tables.prepare([policy])) for _ in range(2))
        await asyncio.sleep(0.05)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        maker.allowed.set()
        await staying
        assert maker.prepared == [policy]
        tables.close()

    asyncio.run(scene())


def test_a_making_that_fails_is_told_and_tried_again() -> None:
    async def scene() -> None:
        tables, policy = preparation(Maker(failures=1)), GuardPolicy(languages=("ko",))
        with pytest.raises(RuntimeError, match="no memory"):
            await tables.prepare([policy])
        await tables.prepare([policy])
        tables.close()

    asyncio.run(scene())
