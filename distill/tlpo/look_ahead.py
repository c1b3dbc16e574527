"""Look-ahead from candidates: what the model would go on with, greedily."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.policy_model.branch_attention import BranchAttention
from distill.policy_model.bucketing import alike
from distill.policy_model.cpu_attention import attending
from distill.policy_model.forward import NO_MASK, causal_lm, logits_at
from distill.policy_model.packing import packs
from distill.policy_model.wide_rows import largest

__all__ = ["ENDED", "Decided", "Start", "continuations"]

ENDED = -1


@dataclass(frozen=True, slots=True)
class Start:
    """N candidates to go on from.

    Attributes:
        tokens: int64 [N].
        rows: of their sequences, ascending; int64 [N].
        points: where in the sequence they stand behind; int64 [N].
        depths: tokens to go on by; int64 [N], the same for all of a sequence.
    """

    tokens: Tensor
    rows: Tensor
    points: Tensor
    depths: Tensor

    def of(self, chosen: Tensor) -> "Start":
        """Some of them; bool or int64 [n]."""
        return Start(self.tokens[chosen], self.rows[chosen], self.points[chosen], self.depths[chosen])


Decided = Callable[[int, Sequence[int]], bool]
"""Whether what follows candidate number n, so far, decides its reward."""


def continuations(model: Any, start: Start, cache: DynamicCache, ends: Tensor, decided: Decided) -> Tensor:
    """What follows each candidate, greedily; int64 [N, most of the depths].

    `ENDED` stands from the end-of-sequence on, and may stand behind what decides.

    Args:
        model: causal language model.
        cache: keys and values of the sequences.
        ends: tokens that end one; int64 [ends].
    """
    found = start.tokens.new_full((len(start.tokens), int(start.depths.max()) if len(start.tokens) else 0), ENDED)
    if not found.numel():
        return found
    if packs(causal_lm(model), cache.get_seq_length()):
        _in_one_row(model, start, cache, ends, decided, found)
        return found
    layers: Any = cache.layers
    sequences = len(layers[0].keys)
    for rows in _together(start, sequences):
        chosen = torch.isin(start.rows, rows).nonzero().flatten()
        steps = int(start.depths[chosen[0]])
        part = start.of(chosen)
        kept = cache if len(rows) == sequences else _rows_of(cache, rows)
        branches = _Branches.of(torch.searchsorted(rows, part.rows), part.points, cache.get_seq_length())
        found[chosen, :steps] = _extended(model, branches, part.tokens, kept, steps, ends)
    return found


def _in_one_row(model: Any, start: Start, cache: DynamicCache, ends: Tensor, decided: Decided, found: Tensor) -> None:
    """The newest tokens of all branches in one row, which those leave that have ended or are decided."""
    attention = BranchAttention(cache, start.rows, start.points + 1, found.shape[1])
    alive, tokens = torch.arange(len(start.tokens)), start.tokens
    for depth in range(found.shape[1]):
        goes_on = start.depths[alive] > depth
        alive, tokens = alive[goes_on], tokens[goes_on]
        if not len(alive):
            return
        attention.turn(depth, alive)
        with attending(attention):
            logits = logits_at(
                model,
                tokens[None],
                torch.zeros_like(alive),
                torch.arange(len(alive)),
                attention_mask=NO_MASK,
                position_ids=(start.points[alive] + 1 + depth)[None],
                use_cache=False,
            )
        tokens = largest(logits)
        stays = ~torch.isin(tokens, ends)
        alive, tokens = alive[stays], tokens[stays]
        found[alive, depth] = tokens
        so_far = zip(alive.tolist(), found[alive, : depth + 1].tolist(), strict=True)
        open_ones = torch.tensor([not decided(number, tokens) for number, tokens in so_far], dtype=torch.bool)
        alive, tokens = alive[open_ones], tokens[open_ones]


def _together(start: Start, sequences: int) -> Iterator[Tensor]:
    """Rows of the sequences that are extended in one go, ascending: those as deep and with about as many branches, for the
    others would wait for the one with most."""
    sizes = start.rows.bincount(minlength=sequences)
    for steps in sorted(set(start.depths.tolist()) - {0}):
        busy = torch.tensor(sorted(set(start.rows[start.depths == steps].tolist())), device=sizes.device)
        for together in alike(sizes[busy].tolist()):
            yield busy[sorted(together)]


@dataclass(frozen=True, slots=True)
class _Branches:
    """N branches laid out per sequence: S = most branches of a sequence, unused slots attend to themselves.

    `row` and `slot` say where they lie (int64 [N]); `start` is the position after the point of each slot (int64 [B, S]); `sees`
    which context tokens a slot attends to (bool [B, S, T]).
    """

    row: Tensor
    slot: Tensor
    start: Tensor
    sees: Tensor

    @classmethod
    def of(cls, row: Tensor, position: Tensor, context: int) -> "_Branches":
        """Branches of the sequences `row`, behind their positions; both int64 [N], by ascending row."""
        counts = torch.bincount(row)
        slot = torch.arange(len(row), device=row.device) - (counts.cumsum(0) - counts)[row]
        start = torch.zeros(len(counts), int(counts.max()), dtype=torch.long, device=row.device)
        start[row, slot] = position + 1
        sees = torch.arange(context, device=row.device) < start[..., None]
        return cls(row, slot, start, sees)

    def mask(self, depth: int) -> Tensor:
        """What the tokens at a depth attend to: context up to the point, own branch; bool [B, 1, S, T + S * (depth + 1)]."""
        own_branch = torch.eye(self.start.shape[1], dtype=torch.bool, device=self.start.device).repeat(1, depth + 1)
        return torch.cat([self.sees, own_branch.expand(len(self.start), -1, -1)], dim=-1).unsqueeze(1)


def _rows_of(cache: DynamicCache, rows: Tensor) -> DynamicCache:
    """What the cache holds of some sequences."""
    part = DynamicCache()
    layers: Any = cache.layers
    for index, layer in enumerate(layers):
        part.update(layer.keys[rows], layer.values[rows], index)
    return part


def _extended(model: Any, branches: _Branches, tokens: Tensor, cache: DynamicCache, steps: int, ends: Tensor) -> Tensor:
    """Greedy continuations of the branches' first tokens; int64 [N, steps]."""
    ended = torch.zeros_like(tokens, dtype=torch.bool)
    continuations = tokens.new_full((len(tokens), steps), ENDED)
    for depth in range(steps):
        ids = torch.zeros_like(branches.start)
        ids[branches.row, branches.slot] = tokens
        logits = logits_at(
            model,
            ids,
            branches.row,
            branches.slot,
            attention_mask=_as_attended(model, branches.mask(depth)),
            position_ids=branches.start + depth,
            past_key_values=cache,
            use_cache=True,
        )
        tokens = logits.argmax(dim=-1)
        ended = ended | torch.isin(tokens, ends)
        continuations[:, depth] = tokens.masked_fill(ended, ENDED)
    return continuations


def _as_attended(model: Any, mask: Tensor) -> Tensor:
    """A boolean mask as the model's attention takes it: eager attention adds it to the scores, in the model's dtype."""
    inner = causal_lm(model)
    if inner.config.get_text_config()._attn_implementation != "eager":
        return mask
    added = torch.zeros(mask.shape, dtype=inner.dtype, device=mask.device)
    return added.masked_fill_(~mask, torch.finfo(inner.dtype).min)
