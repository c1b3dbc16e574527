"""Texts whose likelihood should stay: what the base wrote well, what it never wrote, and English."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.completions import written
from benchmarks.quality.models import BASE
from benchmarks.quality.rows import Answer, AnswerFile, read_answers, read_verdicts
from benchmarks.quality.stages import ENGLISH, HELD_OUT, SHORT
from distill.policy_model.answers import chat_ids
from distill.policy_model.likelihood import Completion
from tlpo_guard.brought import Brought
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

__all__ = ["Texts", "answer_files", "clean_answers", "english_answers", "long_answers", "unseen_texts"]

_WRITER = "gpt-4-turbo"
_TOKENS = 64  # of an unseen text
_LONGEST = 400  # characters of its prompt
_LABEL = f"{BASE}-0"
_STRICT = "ours, strict"

Texts = dict[str, dict[str, Completion]]
"""Language -> id -> prompt and text, as tokens."""


def answer_files(out: Path, languages: Sequence[str]) -> list[Path]:
    """The files of the base model's answers that are taken."""
    held_out = [path for language in languages for path in _first_draw(out, HELD_OUT, language)]
    return [*held_out, *_first_draw(out, ENGLISH, "en")]


def _first_draw(out: Path, prompt_set: str, language: str) -> list[Path]:
    """One file, or none where there is none."""
    return sorted((out / "answers" / _LABEL / prompt_set).glob(f"{language}-0-*.jsonl"))[:1]


def clean_answers(out: Path, tokenizer: Any, languages: Sequence[str]) -> Texts:
    """The base model's answers that the strict judge passes, of the first draw, the first 48 tokens of each."""
    return {language: _completions(tokenizer, _clean(out, language, SHORT)) for language in languages}


def long_answers(out: Path, tokenizer: Any, languages: Sequence[str], most: int) -> Texts:
    """The first of the base model's answers that the strict judge passes whole, of the first draw, in all their length."""
    return {
        language: _completions(tokenizer, _clean(out, language, None)[:most], cut_at=None) for language in languages
    }


def _clean(out: Path, language: str, tokens: int | None) -> list[Answer]:
    """Of the first draw, those that the strict judge passes when they are cut at a length."""
    for path in _first_draw(out, HELD_OUT, language):
        file = AnswerFile.of(path)
        judged = AnswerFile(HELD_OUT, language, 0, file.tokens if tokens is None else min(tokens, file.tokens))
        verdicts = {v.id: v.confused[_STRICT] for v in read_verdicts(judged.path(out / "judged", _LABEL))}
        return [a for a in read_answers(path) if not verdicts[a.id]]
    return []


def english_answers(out: Path, tokenizer: Any) -> Texts:
    """The base model's answers to English prompts."""
    answers = [a for path in _first_draw(out, ENGLISH, "en") for a in read_answers(path)]
    return {"en": _completions(tokenizer, answers)}


def unseen_texts(data: Path, tokenizer: Any, languages: Sequence[str], most: int) -> Texts:
    """Answers of another model (GPT-4 Turbo's to the Language Confusion Benchmark, in one language) that the strict judge passes:
    text that neither the base wrote nor the anchors hold."""
    rows = [row for row in written(data, _WRITER, "monolingual") if row.prompt.strip() and row.completion.strip()]
    found: Texts = {}
    for language in languages:
        judge = AnswerJudge(GuardPolicy(languages=(language,), allow_english=False))
        clean: dict[str, Completion] = {}
        for row in rows:
            fits = row.language == language and len(row.prompt) <= _LONGEST and len(clean) < most
            if fits and not judge.drifts(row.completion, Brought((row.prompt,))):
                ids = tuple(tokenizer(row.completion.strip())["input_ids"])[:_TOKENS]
                clean[f"{language} {len(clean)}"] = Completion(chat_ids(tokenizer, row.prompt), ids)
        found[language] = clean
    return found


def _completions(tokenizer: Any, answers: Sequence[Answer], cut_at: int | None = SHORT) -> dict[str, Completion]:
    return {a.id: Completion(chat_ids(tokenizer, a.prompt), a.ids[:cut_at]) for a in answers if a.ids}
