"""Attention of answers to prompts whose keys they share: each prompt's are kept and read once for all of its answers."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.cache_utils import DynamicCache

__all__ = ["SharedKeys"]

_NAME = "tlpo_guard_shared_keys"
_ROOM = 0.75  # prompts are forgotten when so few of them have an answer that goes on

_current: ContextVar["SharedKeys"] = ContextVar("shared_keys")


class SharedKeys:
    """What P prompts and n answers to each have left in a model's layers.

    A forward over one more token of each answer that goes on, int64 [R, 1] with the answers of a prompt beside one another, is
    made within `one_more`, within `attending`, and with this as its `past_key_values`. Behind the keys of a prompt lie those of
    the first tokens of its answers, then of their second ones: one product takes all, and each answer looks away from the others.

    Args:
        prompts: caches of one forward each over some prompts, padded on the right.
        lengths: of the prompts, tokens.
        answers: n.
        steps: tokens of the longest answer.
    """

    def __init__(self, prompts: Sequence[DynamicCache], lengths: Sequence[int], answers: int, steps: int) -> None:
        self._lengths = torch.tensor(lengths)
        self._answers, self._written = answers, 0
        self._width = int(self._lengths.max())
        self._cells = torch.arange(len(lengths) * answers)  # of the answers that go on, among P * n
        self._unseen = torch.empty(0)
        self._layers: list[tuple[Tensor, Tensor]] = []
        while any(cache.layers for cache in prompts):  # a layer at a time, so that little is held twice
            layers: list[Any] = [cache.layers.pop(0) for cache in prompts]
            room = self._width + answers * steps
            self._layers.append((_joined([x.keys for x in layers], room), _joined([x.values for x in layers], room)))

    def update(self, keys: Tensor, values: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Called by a layer with what is new; `attended` keeps it."""
        return keys, values

    def get_seq_length(self, *_: Any) -> int:
        """As a cache has it."""
        return self._width + self._written

    def behind(self) -> Tensor:
        """How many tokens lie before the next one of each answer; int64 [R]."""
        return self._lengths[self._cells // self._answers] + self._written

    def only(self, going_on: Tensor) -> None:
        """Let answers end, all but those of bool [R]; prompts without an answer are forgotten once they are many."""
        self._cells = self._cells[going_on]
        needed: Tensor = torch.unique(self._cells // self._answers)
        if len(needed) > _ROOM * len(self._lengths):
            return
        place = torch.full(self._lengths.shape, -1)
        place[needed] = torch.arange(len(needed))
        self._cells = place[self._cells // self._answers] * self._answers + self._cells % self._answers
        self._layers = [(keys[needed], values[needed]) for keys, values in self._layers]
        self._lengths = self._lengths[needed]

    @contextmanager
    def attending(self, model: Any) -> Iterator[None]:
        """Let a model's layers attend to what is kept here; meanwhile it makes no other forwards than those of `one_more`."""
        before = model.config._attn_implementation
        AttentionInterface.register(_NAME, _attend)
        model.set_attn_implementation(_NAME)
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)
            model.set_attn_implementation(before)

    @contextmanager
    def one_more(self, device: torch.device) -> Iterator[None]:
        """For the forward over one more token of each answer that goes on, which is kept."""
        self._unseen = self._hidden().to(device)
        yield
        self._written += 1

    def _hidden(self) -> Tensor:
        """Which keys no token of an answer may see; bool [P, 1, n, 1, keys so far]."""
        place = torch.arange(self._width + self._answers * (self._written + 1))
        of_prompt, own = place < self._lengths[:, None, None], torch.arange(self._answers)[:, None]
        behind = (place >= self._width) & ((place - self._width) % self._answers == own)
        return ~(of_prompt | behind)[:, None, :, None]

    def attended(self, layer: int, query: Tensor, new: tuple[Tensor, Tensor], scale: float) -> Tensor:
        """query [R, heads, 1, D], new keys and values [R, H, 1, D]; [R, heads, D]."""
        kept, n, cells = self._layers[layer], self._answers, self._cells
        prompts, heads, _, size = kept[0].shape
        start, stop = self._width + n * self._written, self._width + n * (self._written + 1)
        for all_of_them, one in zip(kept, new, strict=True):
            written = one.squeeze(2).to(all_of_them.dtype)  # autocast has another one
            all_of_them[cells // n, :, start + cells % n] = written
        shared = query.shape[1] // heads
        spread = query.new_zeros(prompts * n, heads * shared, size)  # an answer that has ended asks for nothing
        spread[cells] = query.squeeze(2)
        asked = spread.view(prompts, n, heads, shared, size).transpose(1, 2).reshape(prompts * heads, n * shared, size)
        keys, values = (x.flatten(0, 1)[:, :stop] for x in kept)
        scores = torch.bmm(asked, keys.transpose(1, 2)).float().mul_(scale)
        scores.view(prompts, heads, n, shared, stop).masked_fill_(self._unseen, -math.inf)
        out = torch.bmm(scores.softmax(dim=-1).to(query.dtype), values)
        return (
            out.view(prompts, heads, n, shared, size).transpose(1, 2).reshape(prompts * n, heads * shared, size)[cells]
        )


def _joined(parts: Sequence[Tensor], room: int) -> Tensor:
    """Keys (or values) of all prompts, [P, H, room, D], of some each, [p, H, T, D]."""
    rows, (_, heads, _, size) = sum(map(len, parts)), parts[0].shape
    out = parts[0].new_zeros(rows, heads, room, size)
    first = 0
    for part in parts:
        out[first : first + len(part), :, : part.shape[2]] = part
        first += len(part)
    return out


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """As transformers calls it; [R, 1, heads, D] comes back."""
    keys = _current.get()
    if softcap is not None or s_aux is not None:
        raise ValueError("attention with capped scores or sinks cannot be computed so")
    if sliding_window is not None and keys.get_seq_length() >= sliding_window:
        raise ValueError(f"answers longer than the model's window of {sliding_window} tokens cannot be sampled so")
    scale = 1.0 / math.sqrt(query.shape[-1]) if scaling is None else scaling
    return keys.attended(int(module.layer_idx), query, (key, value), scale).unsqueeze(1), None  # type: ignore[arg-type]
