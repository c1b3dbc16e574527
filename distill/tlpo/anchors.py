"""What a distillation must leave as it is, as part of its loss: the base model's clean answers, those in a language that was
asked for, and its English ones.

The paper's KL sits at the candidates of confusion points alone. A LoRA adapter that is trained until the confusion is gone drifts
elsewhere, too; full KL over a few fixed answers (the replay of Ouyang et al. 2022, section 3.5, with the base model's
distribution in place of its text) keeps that in bounds.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from distill.config import Anchors
from distill.policy_model.answers import chat_ids, generate, with_end
from distill.policy_model.forward import (
    adapter_off,
    causal_lm,
    end_tokens,
    evaluating,
    has_adapter,
    logits_at,
    pad,
)
from distill.policy_model.likelihood import Completion
from distill.policy_model.partial import Kept, PartialForward
from distill.selection.groups import Group
from distill.tlpo.guarded import clean_groups
from distill.tlpo.requests import requests
from distill.tlpo.rewards import RulesOf

__all__ = ["Anchor", "AnchorDraw", "AnchorLoss", "make_anchors"]

_MOST_ROWS = 24  # positions of an answer that count in one step
_ENGLISH = (
    "What causes the seasons?",
    "Suggest a name for a cat.",
    "How does a bicycle stay upright?",
    "Describe a rainy morning in two sentences.",
    "What should I pack for a day at the beach?",
    "Explain supply and demand to a child.",
    "Who was Marie Curie?",
    "Give me three synonyms of happy.",
    "How can I remember names better?",
    "Write a Python loop that prints the even numbers up to ten.",
    "What is the capital of Australia, and how large is it?",
    "Is it healthy to skip breakfast?",
    "Write a short birthday wish for a colleague.",
    "What does photosynthesis produce?",
    "How do airplanes fly?",
    "Summarize the plot of Cinderella.",
)


@dataclass(frozen=True, slots=True)
class Anchor(Completion):
    """An answer of the base model.

    Attributes:
        by_request: whether the prompt asks for a language other than its own, or is in English: what the first token of the
            answer must not forget.
    """

    by_request: bool = False


def make_anchors(
    model: Any,
    tokenizer: Any,
    groups: Sequence[Group],
    rules_of: RulesOf,
    settings: Anchors,
    *,
    temperature: float,
    seed: int,
) -> list[Anchor]:
    """Answers of the base model: clean ones to training prompts, balanced over the languages, whatever it says to such prompts
    with a request for another language, and English ones.

    Those that ended have the token that ends them. Of several clean ones to a prompt one that ended is taken.
    """
    if not settings.weight:
        return []
    prompts, most = _balanced(groups, settings.answers, random.Random(seed)), settings.max_new_tokens
    begun = [group.ids[: group.prompt_length] for group in prompts]
    random.Random(seed).shuffle(begun)
    others = [*requests(tokenizer, begun, settings.requests), *(chat_ids(tokenizer, prompt) for prompt in _ENGLISH)]
    with evaluating(model), adapter_off(model):
        drawn = clean_groups(model, prompts, rules_of, most, temperature, seed, draws=settings.draws, with_end=True)
        clean = _one_each(drawn, end_tokens(model))
        answers = generate(model, others, max_new_tokens=most, temperature=temperature, seed=seed)
    answers = with_end(model, answers, most)
    asked = [Anchor(p, a, by_request=True) for p, a in zip(others, answers, strict=True) if a]
    return [*map(Anchor.of, clean), *asked]


def _one_each(answers: Iterable[Group], ends: frozenset[int]) -> list[Group]:
    """Of the answers to each prompt the first that ended, or the first."""
    chosen: dict[tuple[int, ...], Group] = {}
    for answer in answers:
        known = chosen.setdefault(answer.ids[: answer.prompt_length], answer)
        if known.ids[-1] not in ends and answer.ids[-1] in ends:
            chosen[answer.ids[: answer.prompt_length]] = answer
    return list(chosen.values())


def _balanced(groups: Sequence[Group], most: int, dice: random.Random) -> list[Group]:
    by_language: dict[str, dict[tuple[int, ...], Group]] = {}
    for group in groups:
        by_language.setdefault(group.language, {}).setdefault(group.ids[: group.prompt_length], group)
    each = -(-most // max(len(by_language), 1))
    chosen_groups = []
    for known in by_language.values():
        chosen = dice.sample(list(known.values()), min(each, len(known)))
        chosen_groups += [replace(group, points=()) for group in chosen]
    return chosen_groups


@dataclass(frozen=True, slots=True)
class _Known:
    """What the base model makes of an anchor, kept for its next turn: states before the adapter (as `Kept`), and in front of the
    head at the answer's tokens; [tokens, H]."""

    kept: Kept
    states: Tensor


@dataclass(frozen=True, slots=True)
class AnchorDraw:
    """Anchors of some batches.

    Attributes:
        ids: prompts and answers, padded; int64 [B, T].
        rows: of the tokens that count; int64 [P].
        positions: that predict these; int64 [P].
        kept: what the forwards of the base have left.
        base: its logits at these; float32 [P, V].
        weights: of the tokens; float32 [P].
        counts: tokens of each batch.
    """

    ids: Tensor
    rows: Tensor
    positions: Tensor
    kept: Kept
    base: Tensor
    weights: Tensor
    counts: list[int]


class AnchorLoss:
    """KL(base || policy) over a few anchors at a time, drawn anew for every batch.

    Args:
        anchors: which answers.
        settings: how many at a time, and what the KL counts for.
        seed: of the draws.
    """

    def __init__(self, anchors: Sequence[Anchor], settings: Anchors, seed: int) -> None:
        self._anchors = list(anchors)
        self._settings = settings
        self._seed = seed
        self._partial: PartialForward | None = None
        self._known: dict[int, _Known] = {}

    def __call__(self, model: Any, *turns: int) -> Tensor:
        """The weighted KL, nats a token, of each batch, added up; a scalar with gradient.

        Args:
            turns: numbers of the batches, which decide which anchors they get; the anchors of all go through one forward.

        Raises:
            ValueError: the model has no adapter whose absence is the base model.
        """
        draw = self.drawn(model, *turns)
        assert self._partial is not None
        with self._partial.given(draw.kept):
            logits = logits_at(model, draw.ids, draw.rows, draw.positions, use_cache=False)
        return self.of(draw, logits)

    def drawn(self, model: Any, *turns: int) -> AnchorDraw:
        """What a forward over the anchors of some batches needs; raises as the call does."""
        if not has_adapter(model):
            raise ValueError("anchors hold an adapter to the base model below it, and this model has no adapter")
        ends = end_tokens(model)
        drawn = [self.chosen(turn, ends) for turn in turns]
        numbers = [number for of_turn in drawn for number, _ in of_turn]
        places = [tokens for of_turn in drawn for _, tokens in of_turn]
        anchors = [self._anchors[number] for number in numbers]
        ids, where = _laid_out(anchors, places, causal_lm(model).device)
        partial, known = self._of_base(model, numbers)
        states = torch.cat([one.states[tokens] for one, tokens in zip(known, places, strict=True)])
        weights = [self._weight(a, i, ends) for a, tokens in zip(anchors, places, strict=True) for i in tokens]
        return AnchorDraw(
            ids,
            *where,
            kept=Kept.together([one.kept for one in known], ids.shape[1]),
            base=partial.logits(states),
            weights=torch.tensor(weights, device=ids.device),
            counts=[sum(len(tokens) for _, tokens in of_turn) for of_turn in drawn],
        )

    def of(self, draw: AnchorDraw, logits: Tensor) -> Tensor:
        """What the call gives, of the policy's logits (float [P, V]) at the places of a draw."""
        now, base = logits.float().log_softmax(dim=-1), draw.base.log_softmax(dim=-1)
        at_tokens = (base.exp() * (base - now)).sum(dim=-1)
        kl: Any = sum(part.mean() for part in torch.split(draw.weights * at_tokens, draw.counts))
        weighted: Tensor = self._settings.weight * kl
        return weighted

    def chosen(self, turn: int, ends: Collection[int]) -> list[tuple[int, list[int]]]:
        """Anchors of a batch by number, one that ended among them if any has, and which of their tokens count.

        Args:
            ends: token ids that end an answer.
        """
        ended = [number for number, anchor in enumerate(self._anchors) if anchor.ids[-1] in ends]
        dice = random.Random(f"{self._seed} {turn}")
        numbers = dice.sample(range(len(self._anchors)), min(self._settings.per_batch, len(self._anchors)))
        if ended and not set(ended) & set(numbers):
            numbers[0] = dice.choice(ended)
        lengths = [len(self._anchors[number].ids) for number in numbers]
        return [(number, _places(length, dice)) for number, length in zip(numbers, lengths, strict=True)]

    def _weight(self, anchor: Anchor, token: int, ends: frozenset[int]) -> float:
        """What a token of an answer counts for."""
        first = self._settings.request_weight if anchor.by_request and not token else 1.0
        end = self._settings.end_weight if token == len(anchor.ids) - 1 and anchor.ids[-1] in ends else 1.0
        return max(first, end)

    def _of_base(self, model: Any, numbers: Sequence[int]) -> tuple[PartialForward, list[_Known]]:
        """What the base model makes of some anchors, computed at the first turn of each."""
        if self._partial is None or self._partial.model is not model:
            self._partial, self._known = PartialForward(model), {}
        new = [number for number in dict.fromkeys(numbers) if number not in self._known]
        if new:
            self._known |= dict(zip(new, self._computed(model, self._partial, new), strict=True))
        return self._partial, [self._known[number] for number in numbers]

    @torch.no_grad()
    def _computed(self, model: Any, partial: PartialForward, numbers: Sequence[int]) -> Iterator[_Known]:
        anchors, states = [self._anchors[number] for number in numbers], list[Tensor]()
        ids, where = _laid_out(anchors, [range(len(c.ids)) for c in anchors], causal_lm(model).device)
        with adapter_off(model), evaluating(model), partial.keeping() as kept:
            logits_at(model, ids, *where, states=states, use_cache=False)
        for row, (anchor, own) in enumerate(
            zip(anchors, torch.split(states[0], [len(c.ids) for c in anchors]), strict=True)
        ):
            yield _Known(kept.only([row], len(anchor.prompt_ids) + len(anchor.ids)), own.clone())


def _places(length: int, dice: random.Random) -> list[int]:
    """Which tokens of an answer count: the first, which decides the language, the last, where it ends, and some between."""
    ends = sorted({0, length - 1})
    between = range(1, length - 1)
    return sorted([*ends, *dice.sample(between, min(_MOST_ROWS - len(ends), len(between)))])


def _laid_out(
    chosen: Sequence[Completion], places: Sequence[Sequence[int]], device: torch.device
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Token ids (int64 [B, T]), and rows and positions that predict the answers' tokens at some places (int64 [P] each)."""
    ids, _ = pad([c.prompt_ids + c.ids for c in chosen], device)  # causal: no answer sees the padding behind it
    rows = torch.tensor([row for row, tokens in enumerate(places) for _ in tokens], device=device)
    positions = [len(c.prompt_ids) - 1 + i for c, tokens in zip(chosen, places, strict=True) for i in tokens]
    return ids, (rows, torch.tensor(positions, device=device))
