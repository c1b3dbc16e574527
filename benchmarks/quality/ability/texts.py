"""Texts whose likelihood should stay: what the base wrote well, what it never wrote, and English."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.completions import load
from benchmarks.quality.models import BASE
from benchmarks.quality.rows import Answer, AnswerFile, read_answers, read_verdicts
from benchmarks.quality.stages import ENGLISH, HELD_OUT, SHORT
from distill.policy_model.answers import chat_ids
from distill.policy_model.likelihood import Completion
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

__all__ = ["Texts", "clean_answers", "english_answers", "unseen_texts"]

_WRITER = "gpt-4-turbo"
_TOKENS = 64  # of an unseen text
_LABEL = f"{BASE}-0"
_STRICT = "ours, strict"

Texts = dict[str, dict[str, Completion]]
"""Language -> id -> prompt and text, as tokens."""


def clean_answers(out: Path, tokenizer: Any, languages: Sequence[str]) -> Texts:
    """The base model's answers that the strict judge passes, of the first draw, the first 48 tokens of each."""
    found: Texts = {}
    for language in languages:
        for path in sorted((out / "answers" / _LABEL / HELD_OUT).glob(f"{language}-0-*.jsonl"))[:1]:
            short = AnswerFile(HELD_OUT, language, 0, min(SHORT, AnswerFile.of(path).tokens))
            verdicts = {v.id: v.confused[_STRICT] for v in read_verdicts(short.path(out / "judged", _LABEL))}
            found[language] = _completions(tokenizer, [a for a in read_answers(path) if not verdicts[a.id]])
    return found


def english_answers(out: Path, tokenizer: Any) -> Texts:
    """The base model's answers to English prompts."""
    paths = sorted((out / "answers" / _LABEL / ENGLISH).glob("en-0-*.jsonl"))
    return {"en": _completions(tokenizer, [a for path in paths[:1] for a in read_answers(path)])}


def unseen_texts(data: Path, tokenizer: Any, languages: Sequence[str], most: int) -> Texts:
    """Answers of another model (GPT-4 Turbo's to the Language Confusion Benchmark) that the strict judge passes: text that
    neither the base wrote nor the anchors hold. Prompts that ask for an answer in a language are not among them."""
    rows = [row for row in load(data) if row.model == _WRITER and row.completion.strip()]
    found: Texts = {}
    for language in languages:
        judge = AnswerJudge(GuardPolicy(languages=(language,), allow_english=False))
        own = [row for row in rows if row.language == language and _is_in(row.prompt, language)]
        clean: dict[str, Completion] = {}
        for row in own:
            if len(clean) == most:
                break
            if not judge.drifts(row.completion):
                ids = tuple(tokenizer(row.completion.strip())["input_ids"])[:_TOKENS]
                clean[f"{language} {len(clean)}"] = Completion(chat_ids(tokenizer, row.prompt), ids)
        found[language] = clean
    return found


def _is_in(prompt: str, language: str) -> bool:
    """Whether a prompt is in the language itself; those of the benchmark's cross-lingual half are English."""
    from tlpo_guard.languages import lid

    return bool(prompt.strip()) and len(prompt) < 400 and lid.predict(prompt)[0][0] == language


def _completions(tokenizer: Any, answers: Sequence[Answer]) -> dict[str, Completion]:
    return {a.id: Completion(chat_ids(tokenizer, a.prompt), a.ids[:SHORT]) for a in answers if a.ids}
