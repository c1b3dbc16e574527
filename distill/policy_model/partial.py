"""Parts of a forward: a model's lower layers once, and the others as often as they are wanted."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from distill.policy_model.forward import adapter_off, causal_lm
from distill.policy_model.packing import packed_now

__all__ = ["Kept", "PartialForward"]


@dataclass(slots=True)
class Kept:
    """What a forward leaves to go on from.

    Attributes:
        below: hidden states that enter the first layer with an adapter; [B, T, H], None where that is the first of all.
    """

    below: Tensor | None = None

    def only(self, rows: Sequence[int], width: int) -> "Kept":
        """The same of some sequences, cut to a length."""
        return Kept(None if self.below is None else self.below[list(rows), :width])

    @classmethod
    def together(cls, kept: Sequence["Kept"], width: int) -> "Kept":
        """Those of single sequences as those of a batch, padded to a length."""
        below = [one.below for one in kept if one.below is not None]
        return cls(torch.cat([pad(x, (0, 0, 0, width - x.shape[1])) for x in below]) if below else None)


@dataclass(slots=True)
class _Layers:
    all: list[Any] = field(default_factory=list)
    first: int = 0


class PartialForward:
    """Runs a model from its first layer with an adapter on, or from its head on.

    What stands below an adapter computes the same whatever the adapter has learnt, and with the adapter switched off. A model
    whose layers cannot be told apart is run whole.

    Args:
        model: a causal language model, with or without an adapter, in one process.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._layers = _layers_of(model)

    @property
    def skips(self) -> bool:
        """Whether there are layers below the adapter."""
        return self._layers.first > 0

    @contextmanager
    def keeping(self) -> Iterator[Kept]:
        """The one forward that is made meanwhile leaves what the upper layers start from."""
        kept = Kept()
        if not self.skips:
            yield kept
            return

        def keep(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            if kept.below is None:  # later forwards are look-aheads on the cache
                packing, hidden = packed_now(), _hidden(args, kwargs).detach()
                kept.below = hidden if packing is None else packing.padded(hidden)

        hook = self._layers.all[self._layers.first].register_forward_pre_hook(keep, with_kwargs=True)
        try:
            yield kept
        finally:
            hook.remove()

    @contextmanager
    def given(self, kept: Kept) -> Iterator[None]:
        """The forwards made meanwhile start from what another has left; they need the same token ids, and no cache."""
        layers, first = self._layers.all, self._layers.first
        if kept.below is None or _checkpoints(layers[first]):
            yield
            return
        below = kept.below

        def replaced(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
            packing = packed_now()
            found = below if packing is None else packing.packed(below)
            return ((found, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": found})

        with ExitStack() as stack:
            hook = layers[first].register_forward_pre_hook(replaced, with_kwargs=True)
            stack.callback(hook.remove)
            for layer in layers[:first]:
                stack.enter_context(_passed(layer))
            yield

    @torch.no_grad()
    def logits(self, states: Tensor) -> Tensor:
        """What the base model's head, and what its family does behind it, makes of states in front of it.

        Args:
            states: [P, H].

        Returns:
            float32 [P, V].
        """
        model = causal_lm(self.model)
        hook = model.get_output_embeddings().register_forward_pre_hook(lambda _, inputs: (states, *inputs[1:]))
        with ExitStack() as stack:
            stack.callback(hook.remove)
            stack.enter_context(adapter_off(self.model))
            for layer in self._layers.all:
                stack.enter_context(_passed(layer))
            one = torch.zeros(1, 1, dtype=torch.long, device=states.device)
            logits: Tensor = model(input_ids=one, use_cache=False).logits
            return logits.float()


def _layers_of(model: Any) -> _Layers:
    """The decoder's layers, where they are a list and no parameter outside of them learns."""
    inner = causal_lm(model)
    decoder = inner.get_decoder() if hasattr(inner, "get_decoder") else None
    layers = getattr(decoder, "layers", None)
    if not isinstance(layers, nn.ModuleList):
        return _Layers()
    inside = {id(p) for p in layers.parameters()}
    if any(p.requires_grad and id(p) not in inside for p in inner.parameters()):
        return _Layers()
    learning = [i for i, layer in enumerate(layers) if any(p.requires_grad for p in layer.parameters())]
    return _Layers(list(layers), learning[0] if learning else 0)


def _checkpoints(layer: Any) -> bool:
    """Whether a layer is computed once more for the gradient, when what it started from is gone."""
    return bool(layer.training and getattr(layer, "gradient_checkpointing", False))


def _hidden(args: Sequence[Any], kwargs: dict[str, Any]) -> Tensor:
    hidden: Tensor = args[0] if args else kwargs["hidden_states"]
    return hidden


@contextmanager
def _passed(layer: nn.Module) -> Iterator[None]:
    """A layer that hands on what it is given."""
    layer.__dict__["forward"] = lambda hidden_states, *args, **kwargs: hidden_states
    try:
        yield
    finally:
        del layer.__dict__["forward"]
