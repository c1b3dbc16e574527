"""Sampled answers to held-out prompts, and how many of them pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from distill.config import Evaluation
from distill.policy_model.answers import several
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group
from tlpo_guard.brought import Brought
from tlpo_guard.languages.tags import languages
from tlpo_guard.lcb.english_words import english_words
from tlpo_guard.lcb.judgement import Judgement, judge
from tlpo_guard.lcb.rates import Rates, rates
from tlpo_guard.scan.judge import AnswerJudge

__all__ = ["Answered", "answer_prompts"]

_TASK = "held out"
_NONE = Rates(0, None, None, None)


@dataclass(frozen=True, slots=True)
class Answered:
    """Sampled answers by language, their pass rates by language, and the means of those."""

    sampled: Mapping[str, Sequence[Completion]]
    by_language: Mapping[str, Rates]
    overall: Rates


def answer_prompts(
    model: Any, tokenizer: Any, prompts: Sequence[Group], settings: Evaluation, *, temperature: float, seed: int
) -> Answered:
    """Answer every prompt `settings.answers_per_prompt` times with the guard off, and judge the answers."""
    answers = several(
        model,
        [group.ids[: group.prompt_length] for group in prompts],
        settings.answers_per_prompt,
        max_new_tokens=settings.max_new_tokens,
        temperature=temperature,
        seed=seed,
    )
    groups = [group for group in prompts for _ in range(settings.answers_per_prompt)]
    return _judged(tokenizer, groups, list(chain.from_iterable(answers)))


def _judged(tokenizer: Any, groups: Sequence[Group], answers: Sequence[Sequence[int]]) -> Answered:
    judge_of = cache(AnswerJudge)
    sampled: dict[str, list[Completion]] = {}
    rows = []
    for group, answer in zip(groups, answers, strict=True):
        text, prompt = _text(tokenizer, answer), _text(tokenizer, group.ids[: group.prompt_length])
        clean = not judge_of(group.policy).drifts(text, Brought((prompt,)))
        completion = Completion(group.ids[: group.prompt_length], tuple(answer))
        sampled.setdefault(group.language, []).append(completion)
        rows.append(((_TASK, "", group.language), _benchmark(text, group.language), clean))
    pass_rates = rates(rows)
    by_language = {language: pass_rates[_TASK, "", language] for language in sampled}
    return Answered(sampled, by_language, pass_rates.get((_TASK, "", ""), _NONE))


def _text(tokenizer: Any, ids: Sequence[int]) -> str:
    """The text of some tokens; without the character that a length limit has cut."""
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True)
    return text.rstrip("\ufffd")


def _benchmark(text: str, tags: str) -> Judgement:
    """What the benchmark says of an answer; it knows of one expected language only."""
    expected = languages(tags)
    if len(expected) != 1:
        return Judgement(None, None)
    return judge(text, expected[0].split("-")[0], english_words())
