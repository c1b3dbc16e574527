"""Strings of the conversation that rows may copy, followed on the device: nothing here waits for it."""

from dataclasses import dataclass

import torch

from tlpo_guard.brought import Brought
from tlpo_guard.guard.copy_edges import CopyEdges
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.transfer import to_device

__all__ = ["Copies"]


@dataclass(slots=True)
class Copies:
    """Where the rows of one batch stand in the strings.

    Attributes:
        tokens: of the edges, as `CopyEdges` has them; int64 [edges].
        sources: places that the edges leave; int64 [edges].
        targets: places that they lead to; int64 [edges].
        begins: edges at which a string may begin; bool [edges].
        standing: whether each row stands at each place; bool [rows, places].
    """

    tokens: torch.Tensor
    sources: torch.Tensor
    targets: torch.Tensor
    begins: torch.Tensor
    standing: torch.Tensor

    @classmethod
    def of(cls, brought: Brought, rules: ScriptRules, rows: int, device: torch.device) -> "Copies | None":
        """The strings that some rules are foreign to; None where the conversation brought none.

        Args:
            rows: of the batch.
        """
        edges = CopyEdges.of(brought, rules)
        if edges is None:
            return None
        tokens, sources, targets = (to_device(a, device) for a in (edges.tokens, edges.sources, edges.targets))
        standing = torch.zeros(rows, edges.places, dtype=torch.bool, device=device)
        return cls(tokens, sources, targets, to_device(edges.begins, device), standing)

    def follow(self, taken: torch.Tensor) -> None:
        """Take in the token that each row has taken; int64 [rows]."""
        walked = (self.standing[:, self.sources] | self.begins) & (self.tokens == taken.unsqueeze(1))
        counts = torch.zeros(self.standing.shape, dtype=torch.int32, device=taken.device)
        self.standing = counts.scatter_add_(1, self.targets.expand(len(taken), -1), walked.int()) > 0

    def open(self, size: int) -> torch.Tensor:
        """The tokens that copies go on or begin with; bool [rows, vocabulary]."""
        usable = self.standing[:, self.sources] | self.begins
        counts = torch.zeros(len(usable), size, dtype=torch.int32, device=usable.device)
        return counts.scatter_add_(1, self.tokens.expand(len(usable), -1), usable.int()) > 0
