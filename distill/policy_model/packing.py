"""Sequences in one row of tokens, so that layers compute nothing for padding, nor twice for what all sequences begin with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.policy_model.bucketing import alike
from distill.policy_model.cpu_attention import CPU_ATTENTION, attending
from distill.policy_model.row_attention import SequenceAttention
from distill.policy_model.windows import sees_all

__all__ = ["Packing", "packed_now", "packs", "plain_forwards", "together"]

_now: ContextVar["Packing | None"] = ContextVar("packing", default=None)
_plain: ContextVar[bool] = ContextVar("plain_forwards", default=False)


@dataclass(frozen=True, slots=True)
class Packing:
    """A row of L tokens in which B sequences of at most T tokens lie.

    Attributes:
        ids: the tokens; int64 [1, L].
        positions: of each in its sequence; int64 [1, L].
        index: where the sequences' tokens lie in the row, 0 past an end; int64 [B, T].
        owned: which of these places are there for themselves, and not for an end or the beginning of the first sequence, which
            all share; bool [B, T].
        lengths: of the sequences; int64 [B].
        shared: tokens of that beginning.
    """

    ids: Tensor
    positions: Tensor
    index: Tensor
    owned: Tensor
    lengths: Tensor
    shared: int

    @classmethod
    def of(cls, ids: Tensor, rows: Tensor, positions: Tensor) -> "Packing":
        """Sequences as far as something is wanted of them.

        Args:
            ids: int64 [B, T].
            rows: int64 [P], of the sequences.
            positions: int64 [P], whose logits are wanted.
        """
        lengths = torch.ones(len(ids), dtype=torch.long, device=ids.device)
        lengths = lengths.scatter_reduce(0, rows, positions + 1, "amax")
        ids = ids[:, : int(lengths.max())]
        same = int((ids == ids[:1]).all(dim=0).long().cumprod(dim=0).sum())
        shared = min(same, int(lengths.min())) if len(ids) > 1 else 0
        places = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        owned = places < lengths[:, None]
        owned[1:, :shared] = False
        index = torch.zeros_like(ids)
        index[owned] = torch.arange(int(owned.sum()), device=ids.device)
        index[1:, :shared] = index[0, :shared]
        return cls(ids[owned][None], places[owned][None], index, owned, lengths, shared)

    def packed(self, padded: Tensor) -> Tensor:
        """What belongs to the tokens of the sequences ([B, T or more, H]) as it lies in the row; [1, L, H]."""
        return padded[:, : self.owned.shape[1]][self.owned][None]

    def padded(self, packed: Tensor) -> Tensor:
        """The other way."""
        return packed[0][self.index]

    @contextmanager
    def attended(self, cache: DynamicCache | None = None) -> Iterator[None]:
        """The model's forwards made meanwhile get this row, each of its tokens attends to its own sequence.

        Args:
            cache: gets the keys and values of the sequences; [B, heads, T, D] of each layer.
        """
        token = _now.set(self)
        try:
            with attending(SequenceAttention(self.index, self.lengths, self.shared, cache)):
                yield
        finally:
            _now.reset(token)


def packed_now() -> Packing | None:
    """That of the forward under way."""
    return _now.get()


@contextmanager
def plain_forwards() -> Iterator[None]:
    """The forwards made meanwhile are of padded sequences."""
    token = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(token)


def packs(model: Any, longest: int) -> bool:
    """Whether a model's sequences may lie in one row: it is on a CPU, attends by our function alone, as far back as they are
    long, and learns a token's place from its number.

    Args:
        model: causal language model, inside of what adapts and distributes it.
        longest: tokens of the longest sequence.
    """
    config = model.config.get_text_config()
    if _plain.get() or model.device.type != "cpu" or config._attn_implementation != CPU_ATTENTION:
        return False
    if model.training and getattr(model, "is_gradient_checkpointing", False):
        return False  # layers are computed once more when the gradient is, and then attend to all of the row
    layers = getattr(model.get_decoder(), "layers", ()) if hasattr(model, "get_decoder") else ()
    return (
        getattr(config, "rope_parameters", None) is not None
        and sees_all(config, longest)
        and bool(len(layers))
        and all(hasattr(layer, "self_attn") for layer in layers)
    )


def together(model: Any, lengths: Sequence[int]) -> list[list[int]]:
    """Indexes of the sequences that go well through one forward, shortest first: all in one row, else those of like length.

    Args:
        model: causal language model, inside of what adapts and distributes it.
    """
    if lengths and packs(model, max(lengths)):
        return [sorted(range(len(lengths)), key=lengths.__getitem__)]
    return alike(lengths)
