"""Adapters merged into a model's parameters, and the base kept, so that undoing one is exact."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from transformers import PreTrainedModel

from tlpo_guard.registry.merging import merged_weights, tied_weights

__all__ = ["AdapterWeights"]


class AdapterWeights:
    """Which parameters of a model an adapter version changes, and what they were before.

    Args:
        model: its parameters are read here, and written by whoever calls `load`.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._base: dict[str, torch.Tensor] = {}  # of the parameters that any version has changed
        self._merged: frozenset[str] = frozenset()

    def load(self, folder: Path | None, write: Callable[[Mapping[str, torch.Tensor]], None]) -> None:
        """Bring a version's weights into the model.

        Args:
            folder: of the adapter; None for the base.
            write: takes the parameters to overwrite, by name; where it fails, the version before counts as loaded.

        Raises:
            RegistryError: an adapter that cannot be merged.
        """
        changed = {} if folder is None else self._merge(folder)
        restored = {name: self._base[name] for name in self._merged - changed.keys()}
        write(changed | restored)
        self._merged = frozenset(changed)

    def _merge(self, folder: Path) -> dict[str, torch.Tensor]:
        """The parameters that an adapter changes, merged into the base's."""
        current = dict(self._model.named_parameters())
        base = {name: self._base.get(name, parameter.detach()) for name, parameter in current.items()}
        changed = merged_weights(folder, base, tied_weights(self._model))
        for name in changed:
            self._base.setdefault(name, current[name].detach().cpu().clone())
        return changed
