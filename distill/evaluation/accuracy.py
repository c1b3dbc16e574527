"""Accuracy on multiple-choice questions: what a distillation must not cost."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from distill.config import Evaluation
from distill.policy_model.forward import causal_lm
from distill.policy_model.likelihood import Completion, logprobs
from tlpo_guard.errors import ConfigurationError

__all__ = ["Question", "accuracies", "accuracy", "lm_eval_accuracy", "read_questions"]

_BATCH = 8

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Question(BaseModel):
    """A line of a file of questions; further keys are for the reader."""

    model_config = ConfigDict(frozen=True, strict=True)

    question: Text
    choices: Annotated[list[Text], Field(min_length=2)]
    answer: Annotated[int, Field(ge=0)]
    """Index of the right choice."""

    @model_validator(mode="after")
    def _names_a_choice(self) -> "Question":
        if self.answer >= len(self.choices):
            raise ValueError(f"answer is {self.answer}, but there are {len(self.choices)} choices, counted from 0")
        return self


def accuracies(model: Any, tokenizer: Any, settings: Evaluation) -> dict[str, float]:
    """Accuracy on all questions that the settings name, 0 to 1 by task; the file's is `questions`.

    Raises:
        ConfigurationError: the file or a task cannot be used.
    """
    by_task: dict[str, float] = {}
    if settings.questions is not None:
        by_task["questions"] = accuracy(model, tokenizer, read_questions(settings.questions))
    if settings.lm_eval_tasks:
        by_task |= lm_eval_accuracy(model, tokenizer, settings.lm_eval_tasks)
    return by_task


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSONL file; blank lines are passed over.

    Raises:
        ConfigurationError: names the line that holds no valid question, or the file that cannot be read or is empty.
    """
    questions = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    questions.append(_question(line, f"{path}, line {number}"))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read ({exc}); evaluation.questions must name a JSONL file") from exc
    if not questions:
        raise ConfigurationError(
            f"{path} holds no questions; write one on each line, or leave evaluation.questions out"
        )
    return questions


def _question(line: str, where: str) -> Question:
    try:
        return Question.model_validate_json(line)
    except ValidationError as exc:
        problems = [
            f"{'.'.join(map(str, error['loc'])) or 'the line'}: {error['msg'].removeprefix('Value error, ')}"
            for error in exc.errors()
        ]
        raise ConfigurationError(
            f"{where}: {'; '.join(problems)}; a question needs `question`, `choices` and `answer` (an index into them)"
        ) from exc


def accuracy(model: Any, tokenizer: Any, questions: Sequence[Question]) -> float:
    """Share of questions whose right choice is the likeliest, by its log-likelihood for each byte: short ones gain nothing.

    Args:
        questions: at least one.
    """
    longest = getattr(causal_lm(model).config.get_text_config(), "max_position_embeddings", None)
    asked = [_completion(tokenizer, q.question, choice, longest) for q in questions for choice in q.choices]
    sums = iter(logp.double().sum() for logp in logprobs(model, asked))
    right = 0
    for question in questions:
        scores = torch.stack([next(sums) / len(choice.encode()) for choice in question.choices])
        right += int(scores.argmax()) == question.answer
    return right / len(questions)


def _completion(tokenizer: Any, question: str, choice: str, longest: int | None) -> Completion:
    """Question and choice as the tokens of their common text, for a tokenizer may join them; the end of what is too long."""
    prompt = f"Question: {question}\nAnswer:"
    alone, whole = (tuple(tokenizer(text)["input_ids"]) for text in (prompt, f"{prompt} {choice}"))
    shared = next((i for i, (a, b) in enumerate(zip(alone, whole, strict=False)) if a != b), len(alone))
    shared = max(1, min(shared, len(whole) - 1))
    cut = 0 if longest is None else min(max(0, len(whole) - longest), shared - 1)
    return Completion(whole[cut:shared], whole[shared:])


def lm_eval_accuracy(model: Any, tokenizer: Any, tasks: Sequence[str]) -> Mapping[str, float]:
    """Accuracy on tasks of lm-evaluation-harness, 0 to 1 by task.

    Args:
        tasks: names or YAML files of tasks and groups; of a group, its own figure alone.

    Raises:
        ConfigurationError: the harness is not installed, knows no such task, cannot load its data, or reports no accuracy.
    """
    try:
        from lm_eval import simple_evaluate
        from lm_eval.models.huggingface import HFLM
    except ImportError as exc:
        raise ConfigurationError(
            f"evaluation.lm_eval_tasks names {list(tasks)}, which needs lm-evaluation-harness ({exc}); "
            "`pip install lm-eval`, or leave the setting out"
        ) from exc
    # A copy of the tokenizer: the harness may give it a padding token.
    wrapped = HFLM(pretrained=causal_lm(model), tokenizer=deepcopy(tokenizer), batch_size=_BATCH)
    try:
        with torch.random.fork_rng():  # the harness seeds the global generator
            results = simple_evaluate(model=wrapped, tasks=list(tasks), bootstrap_iters=0, log_samples=False)
    except (KeyError, ValueError, OSError) as exc:
        raise ConfigurationError(f"evaluation.lm_eval_tasks names {list(tasks)}, which cannot be run: {exc}") from exc
    in_groups = {task for children in results["group_subtasks"].values() for task in children}
    return {
        task: _harness_accuracy(task, figures) for task, figures in results["results"].items() if task not in in_groups
    }


def _harness_accuracy(task: str, figures: Mapping[str, Any]) -> float:
    """The figure named first; the harness's keys are `metric,filter`."""
    for metric in ("acc_norm", "acc", "exact_match"):
        for name, value in figures.items():
            if name.split(",")[0] == metric:
                return float(value)
    raise ConfigurationError(f"lm-evaluation-harness reports no accuracy for {task}; name a task that has one")
