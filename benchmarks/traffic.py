"""Real traffic for the benchmarks: a server of its own, the official client, a judge that knows Unicode and a word list."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import openai
import regex
from rich.console import Console
from rich.progress import Progress

from tlpo_guard.lcb.english_words import english_words
from tlpo_guard.tour.serving import serving

__all__ = ["NAMES", "Question", "ask", "console", "is_foreign", "rates", "serving"]

_FOREIGN = {
    "ko": regex.compile(r"[\p{L}--\p{Hangul}--\p{Latin}--\p{Common}--\p{Inherited}]", regex.V1),
    "ru": regex.compile(r"[\p{L}--\p{Cyrillic}--\p{Latin}--\p{Common}--\p{Inherited}]", regex.V1),
}
_SMALL_WORD = regex.compile(r"(?<![\p{L}\p{N}._/@-])[a-z]{4,}(?![\p{L}\p{N}_/@-])")
_CLAUSE = regex.compile(r"(?<![\p{L}\p{N}._/@-])(?:I['’](?:m|ll|ve|d)|the|and|is|are|you|of|to)(?![\p{L}\p{N}_/@-])")
NAMES = {"ko": "Korean", "ru": "Russian"}

Question = tuple[str, str | Sequence[Mapping[str, str]], int]
"""Language, prompt or whole conversation, seed."""

console = Console(stderr=True)


def ask(
    url: str, mode: str, questions: Sequence[Question], title: str, options: dict[str, Any], concurrency: int = 16
) -> list[tuple[str, str]]:
    """(language, answer) of every question, so many at a time."""

    async def run() -> list[tuple[str, str]]:
        slots = asyncio.Semaphore(concurrency)

        async def one(client: openai.AsyncOpenAI, question: Question) -> tuple[str, str]:
            language, prompt, seed = question
            guard = {"guard": {"mode": mode, "languages": [language]}}
            messages: Any = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
            async with slots:
                answer = await client.chat.completions.create(
                    model="smollm2", messages=messages, seed=seed, extra_body=guard, **options
                )
            bar.advance(task)
            return language, answer.choices[0].message.content or ""

        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", timeout=600) as client:
            return await asyncio.gather(*(one(client, question) for question in questions))

    with Progress(console=console) as bar:
        task = bar.add_task(title, total=len(questions))
        return asyncio.run(run())


def is_foreign(language: str, text: str) -> bool:
    """Whether an answer holds a letter of another script than its own and Latin, or an English word as the Language Confusion
    Benchmark counts them; names, acronyms and units in Latin letters are none."""
    if _FOREIGN[language].search(text):
        return True
    return _CLAUSE.search(text) is not None or not english_words().isdisjoint(_SMALL_WORD.findall(text))


def rates(answers: list[tuple[str, str]]) -> dict[str, float]:
    """Share of answers with a foreign letter or an English word, by language."""
    found = {}
    for language in NAMES:
        texts = [text for lang, text in answers if lang == language]
        found[language] = sum(is_foreign(language, text) for text in texts) / len(texts)
    return found
