"""Held-out figures of a model with the guard off, before and after a distillation."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig

from distill.exploration import RulesOf, drifting_mass
from distill.forward import adapter_off as _adapter_off
from distill.forward import logits_at, pad, rows_at_points
from distill.points import Group

__all__ = ["ENGLISH_PROMPTS", "Completion", "Metrics", "Yardstick", "evaluate", "make_yardstick"]

ENGLISH_PROMPTS = (
    "Why is the sky blue?",
    "Name three uses of a paper clip.",
    "Explain what a prime number is.",
    "Write one sentence about the sea.",
    "How do I boil an egg?",
    "What does a compiler do?",
)
_TOKENS = 32
_PROMPTS = 12
_BATCH = 8


@dataclass(frozen=True, slots=True)
class Completion:
    """Token ids of a prompt and of an answer to it."""

    prompt_ids: tuple[int, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures with the guard off.

    Attributes:
        confusion_mass: mean probability of drifting tokens at held-out points, 0 to 1.
        drifting_share: share of held-out points whose most probable token drifts.
        perplexity: of clean completions of held-out prompts.
        answer_length: mean tokens of greedy answers to held-out prompts, at most 32.
        english_kl: KL(base || model) over English answers, nats a token.
        english_logprob_change: mean log-probability of those answers, model minus base, nats a token.
    """

    confusion_mass: float
    drifting_share: float
    perplexity: float
    answer_length: float
    english_kl: float
    english_logprob_change: float


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What both evaluations measure on; made once by the base model, so that the figures compare."""

    held_out: tuple[Group, ...]
    clean: tuple[Completion, ...]
    english: tuple[Completion, ...]


def _prompts(held_out: Sequence[Group]) -> list[Group]:
    """One group for each distinct prompt, at most 12."""
    return list({g.ids[: g.prompt_length]: g for g in held_out}.values())[:_PROMPTS]


@torch.no_grad()
def make_yardstick(
    model: Any, tokenizer: Any, held_out: Sequence[Group], rules_of: RulesOf, *, temperature: float = 0.6, seed: int = 0
) -> Yardstick:
    """Clean completions (base model, drifting tokens masked) and greedy English answers of the base model."""
    groups = _prompts(held_out)
    english = [_chat_ids(tokenizer, prompt) for prompt in ENGLISH_PROMPTS]
    with _adapter_off(model):
        generator = torch.Generator().manual_seed(seed)
        clean = _generate_clean(model, groups, rules_of, temperature, generator)
        answers = generate(model, english)
    fixed = [Completion(p, a) for p, a in zip(english, answers, strict=True) if a]
    return Yardstick(tuple(held_out), tuple(clean), tuple(fixed))


def _chat_ids(tokenizer: Any, prompt: str) -> tuple[int, ...]:
    if tokenizer.chat_template is None:
        return tuple(tokenizer(prompt)["input_ids"])
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
    )
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


class _DriftMask:
    """Logits processor: no row may drift or break a character."""

    def __init__(self, groups: Sequence[Group], rules_of: RulesOf, prompt_width: int) -> None:
        self._rules = [rules_of(group) for group in groups]
        self._width = prompt_width

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        masked = scores.clone()
        for row, rules in enumerate(self._rules):
            before = input_ids[row, self._width :].tolist()
            banned = torch.tensor(rules.blocked(before) | rules.breaks(before), device=scores.device)
            if not bool(banned.all()):
                masked[row, banned] = -math.inf
        return masked


def _generate_clean(
    model: Any, groups: Sequence[Group], rules_of: RulesOf, temperature: float, generator: torch.Generator
) -> list[Completion]:
    if not groups:
        return []
    prompts = [g.ids[: g.prompt_length] for g in groups]
    mask = _DriftMask(groups, rules_of, max(map(len, prompts)))
    with torch.random.fork_rng():
        torch.manual_seed(generator.initial_seed())
        answers = generate(model, prompts, temperature, logits_processor=[mask])
    return [
        Completion(prompt, answer)
        for group, prompt, answer in zip(groups, prompts, answers, strict=True)
        if answer and not rules_of(group).drifts((), answer)
    ]


@torch.no_grad()
def generate(
    model: Any, prompts: Sequence[Sequence[int]], temperature: float | None = None, **options: Any
) -> list[tuple[int, ...]]:
    """Answers of at most 32 tokens to left-padded prompts in one batch, without the end token; greedy without temperature."""
    width = max(map(len, prompts))
    ends = model.generation_config.eos_token_id
    end_ids = {ends} if isinstance(ends, int) else set(ends or ())
    filler = min(end_ids, default=0)
    ids = torch.tensor([[filler] * (width - len(p)) + list(p) for p in prompts], device=model.device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=model.device)
    out = model.generate(
        input_ids=ids, attention_mask=mask, generation_config=_how(filler, ends, temperature), **options
    )
    return [_until_end(row, end_ids) for row in out[:, width:].tolist()]


def _how(pad_token_id: int, ends: Any, temperature: float | None) -> GenerationConfig:
    """A configuration of our own, with every setting named: what is not set would be taken from the model's."""
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=_TOKENS,
        pad_token_id=pad_token_id,
        eos_token_id=ends,
        do_sample=temperature is not None,
        temperature=1.0 if temperature is None else temperature,
        top_k=50 if temperature is None else 0,
        top_p=1.0,
        repetition_penalty=1.0,
    )


def _until_end(ids: Sequence[int], ends: set[int]) -> tuple[int, ...]:
    end = next((i for i, token_id in enumerate(ids) if token_id in ends), len(ids))
    return tuple(ids[:end])


@torch.no_grad()
def evaluate(model: Any, yardstick: Yardstick, rules_of: RulesOf, temperature: float = 0.6) -> Metrics:
    """All figures of the model as it is now."""
    mass, drifting = _confusion(model, yardstick.held_out, rules_of, temperature)
    kl, change = _english(model, yardstick.english)
    prompts = [g.ids[: g.prompt_length] for g in _prompts(yardstick.held_out)]
    lengths = [len(answer) for answer in generate(model, prompts)] if prompts else []
    return Metrics(
        confusion_mass=mass,
        drifting_share=drifting,
        perplexity=perplexity(model, yardstick.clean),
        answer_length=sum(lengths) / len(lengths) if lengths else math.nan,
        english_kl=kl,
        english_logprob_change=change,
    )


def _confusion(model: Any, groups: Sequence[Group], rules_of: RulesOf, temperature: float) -> tuple[float, float]:
    masses, tops = [], []
    for batch in _batches(groups):
        probs = (rows_at_points(model, batch) / temperature).softmax(dim=-1)
        mass, top = drifting_mass(probs, batch, rules_of)
        masses.append(mass)
        tops.append(top.float())
    if not masses:
        return math.nan, math.nan
    return float(torch.cat(masses).mean()), float(torch.cat(tops).mean())


def _batches(items: Sequence[Group]) -> Iterator[Sequence[Group]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _answer_logp(model: Any, completions: Sequence[Completion]) -> tuple[Tensor, Tensor]:
    """Log-probabilities of all next tokens over the answers, and the answers; float32 [N, V], int64 [N]."""
    ids, _ = pad([c.prompt_ids + c.ids for c in completions], model.device)
    rows = [r for r, c in enumerate(completions) for _ in c.ids]
    at = [len(c.prompt_ids) - 1 + i for c in completions for i in range(len(c.ids))]
    targets = torch.tensor([t for c in completions for t in c.ids], device=ids.device)
    logits = logits_at(
        model, ids, torch.tensor(rows), torch.tensor(at), use_cache=False
    )  # causal: padding is never seen
    return logits.float().log_softmax(dim=-1), targets


@torch.no_grad()
def perplexity(model: Any, completions: Sequence[Completion]) -> float:
    """exp of the mean negative log-probability of the answers' tokens, at temperature 1; NaN without any."""
    if not completions:
        return math.nan
    logp, targets = _answer_logp(model, completions)
    return math.exp(-float(logp.gather(1, targets[:, None]).mean()))


def _english(model: Any, completions: Sequence[Completion]) -> tuple[float, float]:
    """KL(base || model) and the change of the answers' log-probability, nats a token."""
    if not completions:
        return math.nan, math.nan
    with _adapter_off(model):
        base, targets = _answer_logp(model, completions)
    now, _ = _answer_logp(model, completions)
    kl = (base.exp() * (base - now)).sum(dim=-1).mean()
    change = (now - base).gather(1, targets[:, None]).mean()
    return float(kl), float(change)
