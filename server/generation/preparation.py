"""What answers need before they begin, made once and on other threads: the tables of their languages, and their form."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from server.engines.engine import Engine
from server.engines.form import Form
from server.errors import InvalidRequestError
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rewind import WordWatch

__all__ = ["Preparation"]

_REMEMBERED = 64  # policies; as many as the tables' own caches hold

_Key = tuple[tuple[str, ...], tuple[str, ...], frozenset[str], bool, bool]


class Preparation:
    """Makes tables for policies. Requests that need the same ones at the same time wait for one making.

    One thread is enough: the tables are made by Python, which runs one thread at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tables")
        self._made: OrderedDict[_Key, asyncio.Future[None]] = OrderedDict()

    async def prepare(self, policies: Iterable[GuardPolicy]) -> None:
        """Wait until all tables for some policies are there; raises whatever their making raises, and then tries again."""
        for policy in policies:
            if policy.guards:
                await self._prepare(policy)

    async def _prepare(self, policy: GuardPolicy) -> None:
        key = _key(policy)
        making = self._made.get(key)
        if making is None:
            making = asyncio.get_running_loop().run_in_executor(self._thread, self._make, policy)
            self._made[key] = making
            if len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        try:
            await asyncio.shield(making)
        except Exception:
            if self._made.get(key) is making:
                del self._made[key]
            raise

    def _make(self, policy: GuardPolicy) -> None:
        WordWatch.prepare(policy)
        self._engine.prepare(policy)

    async def form(self, form: Form) -> None:
        """Wait until answers can be held to a form.

        Raises:
            InvalidRequestError: they cannot.
        """
        try:
            await self._engine.check_form(form)
        except ConfigurationError as exc:
            raise InvalidRequestError(f"{form.param}: {exc}", param=form.param, code="invalid_schema") from exc

    def close(self) -> None:
        """Begin no more; what is being made is left to end by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _key(policy: GuardPolicy) -> _Key:
    """Policies of one key need the same tables."""
    return policy.languages, policy.claimed, policy.scripts, policy.allow_english, policy.mode is Mode.REWIND
