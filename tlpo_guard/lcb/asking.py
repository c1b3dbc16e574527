"""Prompts put to an OpenAI-style endpoint."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

__all__ = ["Endpoint", "Question", "Reply", "ask_all"]

_RETRIES = 2
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint and how to ask it.

    Attributes:
        url: with or without `/v1` and what follows.
        options: further fields of each request's body.
        timeout: seconds that an answer may take.
    """

    url: str
    model: str
    api_key: str | None = None
    options: Mapping[str, Any] | None = None
    concurrency: int = 8
    timeout: float = 600.0

    @property
    def completions_url(self) -> str:
        """The address of chat completions."""
        return f"{self.base_url}/chat/completions"

    @property
    def base_url(self) -> str:
        """The address up to `/v1`."""
        base = self.url.rstrip("/").removesuffix("/chat/completions")
        return base if base.endswith("/v1") else f"{base}/v1"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that carry the key; none without one."""
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt; messages in OpenAI's form."""

    id: str
    messages: Sequence[Mapping[str, Any]]
    language: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question: its text, or the error instead of it."""

    question: Question
    text: str | None
    error: str = ""


async def ask_all(endpoint: Endpoint, questions: Sequence[Question]) -> AsyncIterator[Reply]:
    """The replies as they come; a question that fails for good is a reply with its error."""
    slots = asyncio.Semaphore(endpoint.concurrency)
    async with httpx.AsyncClient(timeout=endpoint.timeout, headers=endpoint.headers) as client:

        async def one(question: Question) -> Reply:
            async with slots:
                return await _ask(client, endpoint, question)

        for reply in asyncio.as_completed([one(question) for question in questions]):
            yield await reply


async def _ask(client: httpx.AsyncClient, endpoint: Endpoint, question: Question) -> Reply:
    body = {"model": endpoint.model, "messages": list(question.messages), **(endpoint.options or {})}
    error = ""
    for attempt in range(_RETRIES + 1):
        if attempt:
            await asyncio.sleep(2.0**attempt / 4)
        try:
            answer = await client.post(endpoint.completions_url, json=body)
        except httpx.HTTPError as exc:
            error = f"{type(exc).__name__}: {exc}"
            continue
        if answer.status_code == 200:
            return _reply(question, answer)
        error = f"HTTP {answer.status_code}: {answer.text[:200]}"
        if answer.status_code not in _RETRIED:
            break
    return Reply(question, None, error)


def _reply(question: Question, answer: httpx.Response) -> Reply:
    try:
        text = answer.json()["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        return Reply(question, None, f"no chat completion: {answer.text[:200]}")
    return Reply(question, text if isinstance(text, str) else "")
