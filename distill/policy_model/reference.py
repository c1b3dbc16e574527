"""The policy that training is held to: the base model, as an adapter switched off or as a frozen copy."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from distill.policy_model.forward import adapter_off, evaluating, has_adapter

__all__ = ["Reference"]


class Reference:
    """Knows how to run the base model beside a policy.

    Args:
        frozen: the base model; None where it is the policy without its adapter.
    """

    def __init__(self, frozen: Any = None) -> None:
        self._frozen = frozen

    @classmethod
    def of(cls, model: Any, frozen: Any = None) -> "Reference":
        """The reference of a policy that training has not changed yet.

        Args:
            frozen: the base model; None takes the policy without its adapter, or copies a policy that has none.
        """
        if frozen is None and has_adapter(model):
            return cls()
        kept = copy.deepcopy(model) if frozen is None else frozen
        return cls(kept.requires_grad_(False).eval())

    @contextmanager
    def policy(self, model: Any) -> Iterator[Any]:
        """What to run in place of the policy, without gradients."""
        with torch.no_grad():
            if self._frozen is None:
                with adapter_off(model), evaluating(model):
                    yield model
            else:
                device = next(model.parameters()).device
                if next(self._frozen.parameters()).device != device:
                    self._frozen.to(device)
                yield self._frozen
