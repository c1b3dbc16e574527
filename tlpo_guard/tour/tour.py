"""The steps of the tour, and what came of them."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from tlpo_guard.errors import DistillationError, TlpoGuardError
from tlpo_guard.scan import Answer, Scanned, Scanner
from tlpo_guard.tour.prompts import held_out_prompts, training_prompts
from tlpo_guard.tour.serving import serving

__all__ = ["Guide", "TourPlan", "TourResult", "run_tour"]

_LANGUAGE = "ko"
_TOGETHER = 16  # requests at a time
_EVENTS = 3  # that are shown
_LEAST_EVENTS = 16  # that a lesson is made of
_SWAP_SECONDS = 60.0
_ASK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class TourPlan:
    """How long the tour is.

    Attributes:
        questions: at most so many are asked for the log, and a third of it before and after the distillation.
    """

    questions: int = 60
    max_tokens: int = 32
    temperature: float = 0.6
    max_steps: int = 9


@dataclass(frozen=True, slots=True)
class TourResult:
    """Shares of answers that leave Korean, 0 to 1.

    Attributes:
        before: with the guard off, on questions that are not learnt from.
        guarded: the same questions and weights, with the guard on.
        after: with the guard off again, when the adapter is served.
        events: confusion points that were logged.
    """

    before: float
    guarded: float
    after: float
    events: int
    version: str


class Guide(Protocol):
    """Who tells of the tour."""

    def step(self, text: str) -> None:
        """A step begins."""

    def progress(self, done: int, total: int) -> None:
        """So many of the step's answers are there."""

    def answers(self, title: str, question: str, answer: Scanned) -> None:
        """An example."""

    def events(self, data: Path, count: int) -> None:
        """The newest events of the log."""


def run_tour(data: Path, plan: TourPlan, guide: Guide) -> TourResult:
    """Serve, watch, guard, distil, swap, measure.

    Args:
        data: an empty folder; the log, the adapter and the server's log stay there.

    Raises:
        TlpoGuardError: a step failed; the message says which.
    """
    learnt_from = training_prompts(_LANGUAGE)[: plan.questions]
    held_out = held_out_prompts(_LANGUAGE)[: max(1, plan.questions // 3)]
    guide.step("Starting a server with the packaged model")
    with serving(data) as url:
        guide.step(f"Asking {len(learnt_from)} questions in Korean while the guard only watches")
        watched = _asked(url, "observe", learnt_from, plan, guide.progress)
        if (row := _first_drift(watched)) is not None:
            guide.answers("The model alone", learnt_from[row], watched[row])
            (guarded,) = _asked(url, "mask", [learnt_from[row]], plan, guide.progress)
            guide.answers("The same question, guarded", learnt_from[row], guarded)
        guide.step("What the guard has written down")
        guide.events(data, _EVENTS)
        guide.step(f"Asking {len(held_out)} other questions, with the guard off and on")
        before = _share(_asked(url, "off", held_out, plan, guide.progress))
        with_guard = _share(_asked(url, "mask", held_out, plan, guide.progress))
        guide.step("Teaching the model from that log")
        version = _distilled(data, plan)
        _await_swap(url, version)
        guide.step(f"The server runs {version} now. The other questions once more, with the guard off")
        after = _share(_asked(url, "off", held_out, plan, guide.progress))
    return TourResult(before, with_guard, after, _events(data), version)


def _asked(
    url: str, mode: str, questions: Sequence[str], plan: TourPlan, progress: Callable[[int, int], None]
) -> list[Scanned]:
    """The answers, judged; each question has a seed of its own, the same in every mode."""
    texts = asyncio.run(_answers(url, mode, questions, plan, progress))
    scanner = Scanner(_LANGUAGE, allow_english=False)
    return list(scanner.scan_all(map(Answer, texts)))


async def _answers(
    url: str, mode: str, questions: Sequence[str], plan: TourPlan, progress: Callable[[int, int], None]
) -> list[str]:
    places = asyncio.Semaphore(_TOGETHER)
    done = 0

    async def one(client: httpx.AsyncClient, question: str) -> str:
        nonlocal done
        body: dict[str, Any] = {"model": "smollm2", "messages": [{"role": "user", "content": question}]}
        body |= {"max_tokens": plan.max_tokens, "temperature": plan.temperature, "seed": 0}
        body |= {"guard": {"mode": mode, "languages": [_LANGUAGE]}}
        async with places:
            reply = await client.post(f"{url}/v1/chat/completions", json=body)
        if reply.status_code != 200:
            raise TlpoGuardError(f"the server answered {reply.status_code}: {reply.text[:500]}")
        done += 1
        progress(done, len(questions))
        return str(reply.json()["choices"][0]["message"]["content"] or "")

    async with httpx.AsyncClient(timeout=_ASK_SECONDS) as client:
        return await asyncio.gather(*(one(client, question) for question in questions))


def _share(answers: Sequence[Scanned]) -> float:
    return sum(bool(answer.drifts) for answer in answers) / len(answers)


def _first_drift(answers: Sequence[Scanned]) -> int | None:
    """The answer whose drift shows best: after some Korean, and in other letters."""
    rows = [row for row, answer in enumerate(answers) if answer.drifts]
    return max(rows, key=lambda row: answers[row].drifts[0].start, default=None)


def _distilled(data: Path, plan: TourPlan) -> str:
    command = [sys.executable, "-m", "tlpo_guard", "distill", "--data-dir", str(data)]
    command += ["--max-steps", str(plan.max_steps), "--min-events", str(_LEAST_EVENTS), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise DistillationError(
            f"the distillation ended with exit code {done.returncode}, and nothing was promoted; "
            f"`tlpo-guard adapters list --data-dir {data}` shows what it made"
        )
    return str(json.loads(done.stdout)["version"])


def _await_swap(url: str, version: str) -> None:
    end = time.monotonic() + _SWAP_SECONDS
    while time.monotonic() < end:
        if httpx.get(f"{url}/health").json()["adapter"] == version:
            return
        time.sleep(0.3)
    raise TlpoGuardError(f"the server did not swap to {version} within a minute")


def _events(data: Path) -> int:
    from contextlib import closing

    from tlpo_guard.events.opening import open_store
    from tlpo_guard.settings import store_location

    with closing(open_store(store_location(None, data), create=False)) as log:
        return log.stats().total
