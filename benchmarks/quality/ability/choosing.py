"""Tests in which a model has to find the right text likelier."""

from collections.abc import Sequence
from typing import Any

from benchmarks.quality.ability.grammar import Pair
from distill.evaluation.accuracy import accuracy
from distill.policy_model.likelihood import Completion, logprobs
from tlpo_guard.paper.questions import ChoiceQuestion

__all__ = ["chosen_answers", "chosen_sentences"]

_PART = 256


def chosen_sentences(model: Any, tokenizer: Any, pairs: Sequence[Pair]) -> dict[str, dict[str, list[float]]]:
    """1 where the right sentence is the likelier of the two, else 0; by language and pair."""
    found: dict[str, dict[str, list[float]]] = {}
    for start in range(0, len(pairs), _PART):
        part = pairs[start : start + _PART]
        texts = [_sentence(tokenizer, text) for pair in part for text in (pair.right, pair.wrong)]
        sums = [float(row.double().sum()) for row in logprobs(model, texts)]
        for pair, right, wrong in zip(part, sums[::2], sums[1::2], strict=True):
            found.setdefault(pair.language, {})[pair.id] = [float(right > wrong)]
    return found


def _sentence(tokenizer: Any, text: str) -> Completion:
    """A sentence after a line's end, where each of its tokens has something before it."""
    return Completion(tuple(tokenizer("\n")["input_ids"]), tuple(tokenizer(text)["input_ids"]))


def chosen_answers(
    model: Any, tokenizer: Any, questions: Sequence[tuple[str, ChoiceQuestion]]
) -> dict[str, dict[str, list[float]]]:
    """1 where the right choice is the likeliest for its length, else 0; by task and question."""
    found: dict[str, dict[str, list[float]]] = {}
    for i, (task, question) in enumerate(questions):
        found.setdefault(task, {})[str(i)] = [accuracy(model, tokenizer, [question])]
    return found
