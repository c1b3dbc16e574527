"""The stage that runs the model over given texts: one file for each subject, of values by measure, language and id."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.made_with import Settings, adapter_digest, digest, is_made, keep_settings
from benchmarks.quality.ability.choosing import chosen_answers, chosen_sentences
from benchmarks.quality.ability.grammar import Pair, minimal_pairs
from benchmarks.quality.ability.leaving import chance_of_leaving
from benchmarks.quality.ability.likelihoods import kl_and_logprob, mean_logprobs
from benchmarks.quality.ability.repeating import mass_that_repeats
from benchmarks.quality.ability.texts import (
    Texts,
    answer_files,
    clean_answers,
    english_answers,
    long_answers,
    unseen_texts,
)
from benchmarks.quality.models import CPU_SECONDS, TRAINING, Subject, with_adapter
from benchmarks.quality.rows import AnswerFile, read_answers, write_json
from benchmarks.quality.stages import HELD_OUT, SHORT
from distill.evaluation.relevance import relevance
from distill.policy_model.answers import chat_ids
from distill.policy_model.likelihood import Completion
from distill.run.job import drift_rules
from distill.tlpo.rewards import RulesOf
from tlpo_guard.models.load import load_model
from tlpo_guard.paper.questions import ChoiceQuestion
from tlpo_guard.registry.version import file_sha256

__all__ = ["Scope", "measure_all", "read_tasks"]

_DRAWS = 2  # of which relevance is measured
Values = dict[str, dict[str, dict[str, list[float]]]]


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured.

    Attributes:
        languages: of texts and answers.
        questions: with their tasks.
        per_fault: minimal pairs of each fault.
        texts: unseen ones in each language.
        answers: whose relevance is measured, in each language and draw.
        long_answers: in each language, at which is measured how far a model is drawn to repeat them, and to leave the language.
        likelihoods_alone: nothing is measured but how likely clean and English text is.
    """

    languages: tuple[str, ...]
    questions: Sequence[tuple[str, ChoiceQuestion]] = ()
    per_fault: int = 64
    texts: int = 60
    answers: int = 40
    long_answers: int = 16
    likelihoods_alone: bool = False


def read_tasks(path: Path) -> list[tuple[str, ChoiceQuestion]]:
    """Questions of a JSONL file with their tasks."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row.get("task", path.stem), ChoiceQuestion.model_validate(row)) for row in rows]


def measure_all(
    model_name: str,
    subjects: Sequence[Subject],
    scope: Scope,
    data: Path,
    out: Path,
    cache_dir: Path,
    report: Callable[[str], None],
) -> None:
    """Measure every subject that has no file yet; the base's answers must be judged before.

    Raises:
        typer.BadParameter: a file is there that other settings have made.
    """
    texts: dict[str, Texts] | None = None
    pairs = minimal_pairs(scope.per_fault)
    for subject in subjects:
        path = out / "ability" / f"{subject.label}.json"
        settings = _settings(model_name, subject, scope, out)
        if is_made(path, settings):
            continue
        loaded = load_model(model_name, cache_dir=cache_dir)
        tokenizer = loaded.tokenizer
        if texts is None:
            texts = {
                "clean text": clean_answers(out, tokenizer, scope.languages),
                "English text": english_answers(out, tokenizer),
            }
            if not scope.likelihoods_alone:
                texts["unseen text"] = unseen_texts(data, tokenizer, scope.languages, scope.texts)
        rules_of = drift_rules(loaded, cache_dir)
        model = with_adapter(loaded, subject)
        values = _measured(model, tokenizer, rules_of, subject, texts, pairs, scope, out, report)
        keep_settings(path, settings)
        write_json(path, values)


def _settings(model_name: str, subject: Subject, scope: Scope, out: Path) -> Settings:
    """What a subject's values depend on; those of likelihoods alone are among those of all, which hold likelihoods, too."""
    likelihoods = {
        "model": model_name,
        "adapter": adapter_digest(subject.folder),
        "languages": list(scope.languages),
        "base's answers": digest(map(file_sha256, answer_files(out, scope.languages))),
    }
    if scope.likelihoods_alone:
        return likelihoods
    return likelihoods | {
        "questions": digest(f"{task} {question.model_dump_json()}" for task, question in scope.questions),
        "minimal pairs of each fault": scope.per_fault,
        "unseen texts": scope.texts,
        "long answers": scope.long_answers,
        "answers of relevance": scope.answers,
        "own answers": digest(file_sha256(p) for tag in scope.languages for p in _own_answers(subject, tag, out)),
    }


def _measured(
    model: Any,
    tokenizer: Any,
    rules_of: RulesOf,
    subject: Subject,
    texts: Mapping[str, Texts],
    pairs: Sequence[Pair],
    scope: Scope,
    out: Path,
    report: Callable[[str], None],
) -> Values:
    values: Values = _price(subject)
    began = process_time()

    def tell(what: str) -> None:
        nonlocal began
        report(f"{subject.label}: {what}, {process_time() - began:.0f} CPU seconds")
        began = process_time()

    for name, by_language in texts.items():
        if subject.folder is None:
            values[name] = mean_logprobs(model, by_language)
        else:
            kls, values[name] = kl_and_logprob(model, by_language)
            values[{"English text": "English KL", "unseen text": "unseen-text KL"}.get(name, "clean-text KL")] = kls
        tell(name)
    if scope.likelihoods_alone:
        return values
    values["relevance"] = _relevance(model, tokenizer, subject, scope, out)
    tell("relevance")
    answers = long_answers(out, tokenizer, scope.languages, scope.long_answers)
    values["mass that repeats"] = mass_that_repeats(model, answers)
    tell("mass that repeats")
    values["chance of leaving"] = chance_of_leaving(model, answers, rules_of)
    tell("chance of leaving")
    values["minimal pairs"] = chosen_sentences(model, tokenizer, pairs)
    tell("minimal pairs")
    values["multiple choice"] = chosen_answers(model, tokenizer, scope.questions)
    tell("multiple choice")
    return values


def _price(subject: Subject) -> Values:
    """What a training took, where `train` has left it."""
    left = None if subject.folder is None else subject.folder / TRAINING
    if left is None or not left.exists():
        return {}
    return {CPU_SECONDS: {"": {"training": [float(json.loads(left.read_text(encoding="utf-8"))["cpu_seconds"])]}}}


def _relevance(
    model: Any, tokenizer: Any, subject: Subject, scope: Scope, out: Path
) -> dict[str, dict[str, list[float]]]:
    """Of the first answers of each language, 48 tokens of each, one value a draw."""
    found: dict[str, dict[str, list[float]]] = {}
    for language in scope.languages:
        for path in _own_answers(subject, language, out):
            answers = [a for a in read_answers(path)[: scope.answers] if a.ids]
            if len(answers) > _DRAWS:
                completions = [Completion(chat_ids(tokenizer, a.prompt), a.ids[:SHORT]) for a in answers]
                for answer, value in zip(answers, relevance(model, completions), strict=True):
                    found.setdefault(language, {}).setdefault(answer.id, []).append(value)
    return found


def _own_answers(subject: Subject, language: str, out: Path) -> list[Path]:
    """The files of a subject's answers whose relevance is measured."""
    paths = sorted((out / "answers" / subject.label / HELD_OUT).glob(f"{language}-*.jsonl"))
    return [path for path in paths if AnswerFile.of(path).draw < _DRAWS]
