"""Accuracy on multiple-choice questions: what a distillation must not cost."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch

from distill.config import Evaluation
from distill.policy_model.forward import causal_lm
from distill.policy_model.likelihood import Completion, logprobs
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.paper.questions import ChoiceQuestion, read_questions

__all__ = ["accuracies", "accuracy", "lm_eval_accuracy"]

_BATCH = 8


def accuracies(model: Any, tokenizer: Any, settings: Evaluation) -> dict[str, float]:
    """Accuracy on all questions that the settings name, 0 to 1 by task; the file's is `questions`.

    Raises:
        ConfigurationError: the file or a task cannot be used.
    """
    by_task: dict[str, float] = {}
    if settings.questions is not None:
        by_task["questions"] = accuracy(model, tokenizer, read_questions(settings.questions))
    if settings.lm_eval_tasks:
        by_task |= lm_eval_accuracy(
            model, tokenizer, settings.lm_eval_tasks, chat_template=settings.lm_eval_chat_template
        )
    return by_task


def accuracy(model: Any, tokenizer: Any, questions: Sequence[ChoiceQuestion]) -> float:
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


def lm_eval_accuracy(
    model: Any, tokenizer: Any, tasks: Sequence[str], *, chat_template: bool = True
) -> Mapping[str, float]:
    """Accuracy on tasks of lm-evaluation-harness, 0 to 1 by task.

    Args:
        tasks: names or YAML files of tasks and groups; of a group, its own figure alone.
        chat_template: whether questions are put as a user's message by the tokenizer's chat template, where it has one; the
            figures of a chat model without it are those of a text that it was not trained to go on with.

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
            results = simple_evaluate(
                model=wrapped,
                tasks=list(tasks),
                apply_chat_template=chat_template and tokenizer.chat_template is not None,
                bootstrap_iters=0,
                log_samples=False,
            )
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
