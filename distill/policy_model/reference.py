"""The policy that training is held to: the base model, as an adapter switched off or as a frozen copy."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from distill.policy_model.forward import adapter_off, evaluating, has_adapter, trained_beside_adapter
from tlpo_guard.errors import ConfigurationError

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

        Raises:
            ConfigurationError: the reference would be trained along, and the KL to it say nothing.
        """
        if frozen is None and has_adapter(model):
            if beside := trained_beside_adapter(model):
                raise ConfigurationError(
                    f"{beside[0]} is trained beside the adapter ({len(beside)} such parameters), so the model without it is no"
                    " reference; freeze them, or give TLPOTrainer the base model as `reference`"
                )
            return cls()
        kept = copy.deepcopy(model) if frozen is None else frozen
        trained = {id(parameter) for parameter in model.parameters() if parameter.requires_grad}
        if any(id(parameter) in trained for parameter in kept.parameters()):
            raise ConfigurationError(
                "`reference` shares parameters with the model that is trained, so it would be trained along; load the base model"
                " once more, or leave `reference` out"
            )
        return cls(kept.requires_grad_(False).eval())

    def model_beside(self, model: Any) -> Any:
        """What `policy` gives."""
        return model if self._frozen is None else self._frozen

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
