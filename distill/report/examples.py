"""Held-out confusion points before and after, with what might come next there."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, zip_longest
from typing import Any

import torch
from torch import Tensor

from distill.config import DistillConfig
from distill.policy_model.forward import evaluating, rows_at_points
from distill.selection.groups import Group
from distill.tlpo.exploration import ENDED, Depths, Explored, explore
from distill.tlpo.rewards import RulesOf

__all__ = ["Candidate", "Example", "Examples", "examples"]

_BATCH = 8
_TRIED = 3  # times as many points as are shown: some teach nothing
_SHOWN = 8  # candidates of a point
_CONTEXT = 48  # tokens
_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that may come next.

    Attributes:
        text: of the token; of what it begins where it is a part of a character.
        continuation: what the model wrote after it, greedily, before the training.
        drifts: whether both together leave the language.
        before: its probability at the sampling temperature before the training, 0 to 1.
        after: and after it; None until it is known.
    """

    text: str
    continuation: str
    drifts: bool
    before: float
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A held-out confusion point.

    Attributes:
        language: expected, BCP-47, comma-separated.
        context: the end of what stands before it, prompt and answer.
        candidates: the likeliest tokens before the training, best first.
        event: id of the event behind the point; the example goes when that does.
    """

    language: str
    context: str
    candidates: tuple[Candidate, ...]
    event: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples and what they come from, so that the same candidates can be asked for again.

    Attributes:
        shown: the examples.
        groups: the sequence of each, which ends at its one point.
        candidate_ids: token ids of each one's candidates.
        temperature: of the sampling policy.
    """

    shown: tuple[Example, ...]
    groups: tuple[Group, ...]
    candidate_ids: tuple[tuple[int, ...], ...]
    temperature: float

    @torch.no_grad()
    def after(self, model: Any) -> "Examples":
        """The same with the candidates' probabilities under the model as it is now."""
        completed: list[Example] = []
        with evaluating(model):
            for start in range(0, len(self.groups), _BATCH):
                end = start + _BATCH
                probs = (rows_at_points(model, self.groups[start:end]) / self.temperature).softmax(dim=-1)
                rows = zip(self.shown[start:end], self.candidate_ids[start:end], probs, strict=True)
                completed += [_with_after(example, ids, row) for example, ids, row in rows]
        return replace(self, shown=tuple(completed))

    def as_json(self, gone: Collection[str] = ()) -> list[dict[str, Any]]:
        """For the report; without those whose events are gone."""
        return [asdict(example) for example in self.shown if example.event not in gone]


def _with_after(example: Example, candidate_ids: Sequence[int], probs: Tensor) -> Example:
    after = probs[list(candidate_ids)].tolist()
    pairs = zip(example.candidates, after, strict=True)
    return replace(example, candidates=tuple(replace(candidate, after=value) for candidate, value in pairs))


def examples(
    model: Any, tokenizer: Any, held_out: Sequence[Group], rules_of: RulesOf, config: DistillConfig, *, count: int = 8
) -> Examples:
    """Draw held-out points whose candidates partly drift, of each language in turn, one of a sequence.

    They are drawn by `config.seed` before the training, so that nobody picks those that came out well.

    Args:
        model: as it is before the training.
        count: at most so many.
    """
    temperature, training = config.evaluation.temperature, config.training
    depths = Depths(training.look_ahead, training.look_ahead_words)
    drawn = _draw(held_out, config.seed)[: _TRIED * count]
    shown: list[tuple[Example, Group, tuple[int, ...]]] = []
    for start in range(0, len(drawn), _BATCH):
        batch = drawn[start : start + _BATCH]
        explored = explore(model, batch, rules_of, training.num_candidates, depths, temperature)
        shown += _useful(tokenizer, batch, explored)
        if len(shown) >= count:
            break
    chosen = sorted(shown[:count], key=lambda example: example[0].language)
    made, groups, ids = zip(*chosen, strict=True) if chosen else ((), (), ())
    return Examples(made, groups, ids, temperature)


def _draw(held_out: Sequence[Group], seed: int) -> list[Group]:
    """Sequences cut to one point each, languages in turn."""
    draws = random.Random(seed)
    by_language: dict[str, list[Group]] = {}
    for group in draws.sample(list(held_out), len(held_out)):
        point = draws.choice(group.points)
        event_ids = tuple(e for e, p in zip(group.event_ids, group.points, strict=False) if p == point)
        cut = replace(group, ids=group.ids[: point + 1], points=(point,), event_ids=event_ids)
        by_language.setdefault(group.language, []).append(cut)
    turns = zip_longest(*(by_language[language] for language in sorted(by_language)))
    return [group for group in chain.from_iterable(turns) if group is not None]


def _useful(
    tokenizer: Any, batch: Sequence[Group], explored: Explored
) -> Iterator[tuple[Example, Group, tuple[int, ...]]]:
    for row, group in enumerate(batch):
        if bool(explored.useful[row]):
            ids = tuple(explored.candidate_ids[row, :_SHOWN].tolist())
            ahead, rewards = explored.look_ahead_ids[row].tolist(), explored.rewards[row].tolist()
            candidates = tuple(
                _candidate(tokenizer, token_id, ahead[i], rewards[i] < 0, float(explored.probs[row, i]))
                for i, token_id in enumerate(ids)
            )
            shown = Example(group.language, _context(tokenizer, group.ids), candidates, "".join(group.event_ids))
            yield shown, group, ids


def _candidate(tokenizer: Any, token_id: int, ahead: Sequence[int], drifts: bool, before: float) -> Candidate:
    branch = [token_id, *(i for i in ahead if i != ENDED)]
    length = next((n for n in range(1, len(branch)) if "\ufffd" not in tokenizer.decode(branch[:n])), len(branch))
    text, whole = tokenizer.decode(branch[:length]), tokenizer.decode(branch)
    return Candidate(text, whole[len(text) :] if whole.startswith(text) else "", drifts, before)


def _context(tokenizer: Any, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(list(ids[-_CONTEXT:]), skip_special_tokens=True)
    cut = text[-_CHARACTERS:].lstrip("\ufffd")
    return cut if len(ids) <= _CONTEXT and len(text) <= _CHARACTERS else "…" + cut
