"""The strings that the answers in all slots may say again, as one table on the device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.guard.copy_edges import CopyEdges
from tlpo_guard.transfer import to_device

__all__ = ["CopyTable"]


@dataclass(frozen=True, slots=True)
class CopyTable:
    """The edges of all slots, one behind the other, and a last place that nothing leaves.

    Attributes:
        tokens: of the edges; int64 [edges]; so are `sources`, `targets`, and `slots`, whose they are.
        begins: edges at which a string may begin; bool [edges].
        owners: slots of the places, for the last one a slot that there is not; int64 [places].
        yes: what is written where something holds; bool [].
    """

    tokens: torch.Tensor
    sources: torch.Tensor
    targets: torch.Tensor
    slots: torch.Tensor
    begins: torch.Tensor
    owners: torch.Tensor
    yes: torch.Tensor

    @classmethod
    def of(
        cls, edges: Mapping[int, CopyEdges], firsts: Mapping[int, int], slots: int, device: torch.device
    ) -> "CopyTable":
        """The table of some slots' edges.

        Args:
            firsts: the first place of each of them.
            slots: how many there are, with those that have no edges.
        """
        whose = [np.full(len(e.tokens), slot) for slot, e in edges.items()]
        owners = [np.full(e.places, slot) for slot, e in edges.items()]
        arrays: list[NDArray[Any]] = [
            _joined([e.tokens for e in edges.values()]),
            _joined([firsts[slot] + e.sources for slot, e in edges.items()]),
            _joined([firsts[slot] + e.targets for slot, e in edges.items()]),
            _joined(whose),
            _joined([e.begins for e in edges.values()]).astype(np.bool_),
            _joined([*owners, np.array([slots])]),
            np.array(True),
        ]
        return cls(*(to_device(array, device) for array in arrays))

    def usable(self, standing: torch.Tensor) -> torch.Tensor:
        """The edges that answers may take from where they stand; bool [edges] of bool [places]."""
        return standing[self.sources] | self.begins

    def walked(self, standing: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Where the answers stand behind one more token of each slot, -1 for none; bool [places] of int64 [slots + 1]."""
        walked = self.usable(standing) & (self.tokens == tokens[self.slots])
        behind = torch.zeros_like(standing)
        behind.index_put_((torch.where(walked, self.targets, len(standing) - 1),), self.yes)
        return torch.where(tokens[self.owners] >= 0, behind, standing)


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])
