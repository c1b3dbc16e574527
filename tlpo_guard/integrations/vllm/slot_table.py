"""What the requests in the V2 runner's slots ask for, on the host and on the device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.masking import RowPolicies
from tlpo_guard.transfer import to_device

__all__ = ["SlotSampling", "SlotTable"]

_TYPES: dict[str, type] = {
    "rules": np.int64,
    "acts": np.bool_,
    "event_mass": np.float32,
    "scale": np.float32,
    "temperature": np.float32,
    "top_p": np.float32,
    "min_p": np.float32,
    "top_k": np.int32,
    "cuts": np.bool_,
    "paused": np.bool_,
    "marks": np.bool_,
    "latin_foreign": np.bool_,
}


@dataclass(frozen=True, slots=True)
class SlotSampling:
    """How some rows are sampled; tensors [rows]. A greedy row has a temperature of 1, and a row without top-k all tokens."""

    temperature: torch.Tensor
    top_p: torch.Tensor
    top_k: torch.Tensor
    min_p: torch.Tensor
    cuts: torch.Tensor


class SlotTable:
    """One line for each slot.

    Args:
        slots: how many there are.
        vocabulary: columns of a row of logits.
    """

    def __init__(self, slots: int, vocabulary: int, device: torch.device) -> None:
        self._on = device
        self._host: dict[str, NDArray[Any]] = {name: np.zeros(slots, kind) for name, kind in _TYPES.items()}
        self._host["temperature"][:] = self._host["top_p"][:] = 1.0
        self._host["top_k"][:] = vocabulary
        self._device: dict[str, torch.Tensor] = {}
        self._dirty = True
        self.upload()

    def write(self, index: int, values: Mapping[str, Any]) -> None:
        """Note what holds for a slot from the next upload on."""
        for name, value in values.items():
            if self._host[name][index] != value:
                self._host[name][index] = value
                self._dirty = True

    def write_rules(self, rules: NDArray[np.int64]) -> None:
        """The slots of all requests' rules in the guard's bank; int64 [slots]."""
        self._host["rules"][:] = rules
        self._dirty = True

    def upload(self) -> None:
        """Tell the device what has changed; nobody waits for it."""
        if self._dirty:
            self._dirty = False
            self._device = {name: to_device(array.copy(), self._on) for name, array in self._host.items()}

    def any_watched(self, indices: NDArray[np.integer[Any]]) -> bool:
        """Whether the guard has anything to do in a batch."""
        return bool(self._host["rules"][indices].any())

    def any_cut(self, indices: NDArray[np.integer[Any]]) -> bool:
        """Whether a watched row samples from a part of the vocabulary."""
        return bool((self._host["cuts"][indices] & (self._host["rules"][indices] > 0)).any())

    def policies(self, slots: torch.Tensor, paused: torch.Tensor) -> RowPolicies:
        """What some rows are held to; int64 [rows] and bool [rows]."""
        held = self._device
        rules = torch.where(paused, 0, held["rules"][slots])
        return RowPolicies(rules, held["acts"][slots], held["event_mass"][slots], held["scale"][slots])

    def sampling(self, slots: torch.Tensor) -> SlotSampling:
        """How some rows are sampled."""
        return SlotSampling(*(self._device[n][slots] for n in ("temperature", "top_p", "top_k", "min_p", "cuts")))

    def paused(self, slots: torch.Tensor) -> torch.Tensor:
        """Whether rows are inside reasoning, as far as the host knows; bool [rows]."""
        return self._device["paused"][slots]

    def marks(self, slots: torch.Tensor) -> torch.Tensor:
        """Whether marks of reasoning count in some rows; bool [rows]."""
        return self._device["marks"][slots]

    def latin_foreign(self, slots: torch.Tensor) -> torch.Tensor:
        """Whether Latin letters are foreign to rows, so that only names in them may stand; bool [rows]."""
        return self._device["latin_foreign"][slots]
