"""The guard's work on a GPU as a few kernels, which read a row once and never hold a mask of it. Needs triton.

The reference, for any device, is what `DeviceMasks` and those who use it do by operations on whole rows.
"""

import importlib.util
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.guard.characters import character_classes
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.transfer import to_device

__all__ = ["ROW_COLUMNS", "FusedTables", "Workspace", "fused_device", "kernels"]

ROW_COLUMNS = 12  # of int32 that the host tells of each row; their order is that of `guard.kernels.tokens`
FIGURES = 40  # of int32 that kernels tell of each row
TOP = 16
_BLOCK = 4096  # tokens that one program works on
_PACKED_AT_ONCE = 32  # slots
_WARPS = 4


def fused_device(device: torch.device) -> bool:
    """Whether the kernels run on a device."""
    return device.type == "cuda" and importlib.util.find_spec("triton") is not None


def kernels(name: str) -> ModuleType:
    """A module of kernels, imported only where they run."""
    return importlib.import_module(f"tlpo_guard.guard.kernels.{name}")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Memory of the kernels, used again in every step.

    Attributes:
        parts: what blocks of tokens hold; float32.
        keys: the best tokens of each block; int64 [rows, blocks, 16].
        sums: what a row's log-sum-exp takes; float32 [rows, blocks, 2].
    """

    parts: torch.Tensor
    keys: torch.Tensor
    sums: torch.Tensor

    @classmethod
    def of(cls, rows: int, blocks: int, device: torch.device) -> "Workspace":
        """Memory for so many rows."""
        return cls(
            torch.empty(rows * blocks * 8, device=device),
            torch.empty(rows * blocks * TOP, dtype=torch.int64, device=device),
            torch.empty(rows * blocks * 2, device=device),
        )


class FusedTables:
    """The tables as the kernels read them, beside those of `DeviceMasks`.

    Args:
        masks: of the same bank and device.
        block: tokens that one program works on, a power of two.
    """

    def __init__(self, masks: DeviceMasks, block: int = _BLOCK) -> None:
        tables = masks.tables
        self.vocabulary, self.device, self.block = tables.size, masks.device, block
        self.blocks = -(-tables.size // block)
        self.states = len(tables.outcome)
        self._masks = masks
        self._newest = 0  # filling of the bank that the words have
        self._signature = self._moved(tables.signature.astype(np.int64))
        begins = np.full(tables.size, -1, dtype=np.int32)
        begins[tables.continuing] = tables.beginning
        kinds = tables.border_breaks.astype(np.uint8)
        kinds[tables.continuing] |= (tables.whole * 2 + tables.ends_broken * 4).astype(np.uint8)
        outcomes = (tables.outcome + 1).astype(np.uint16) | (tables.outcome_breaks.astype(np.uint16) << 15)
        self._begins, self._kinds = self._moved(begins), self._moved(kinds)
        self._beginnings = outcomes.shape[1]
        self._outcomes = self._moved(outcomes.view(np.int16) if outcomes.size else np.zeros((1, 1), dtype=np.int16))
        self._words = torch.zeros(1, -(-tables.size // 32), dtype=torch.int32, device=masks.device)
        self._no_flags = torch.zeros(1, 1, dtype=torch.uint8, device=masks.device)
        self._workspaces: dict[int, Workspace] = {}

    def _moved(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array.copy()).to(self.device)

    @property
    def parts(self) -> int:
        """Blocks of a row, as a power of two."""
        return 1 << (self.blocks - 1).bit_length()

    def refresh(self) -> None:
        """Take over what has been written into the bank."""
        self._masks.refresh()
        written, self._newest = self._masks.bank.written_since(self._newest)
        if len(self._masks.flags) > len(self._words):
            more = len(self._masks.flags) - len(self._words)
            self._words = torch.nn.functional.pad(self._words, (0, 0, 0, more))
        for start in range(0, len(written), _PACKED_AT_ONCE):
            self._pack(to_device(written[start : start + _PACKED_AT_ONCE], self.device))

    def _pack(self, slots: torch.Tensor) -> None:
        """The bits of some slots' tokens at a border, 32 a number."""
        bits = self._masks.flags.index_select(0, slots).index_select(1, self._signature) & 1
        bits = torch.nn.functional.pad(bits, (0, -self.vocabulary % 32)).view(len(slots), -1, 32).int()
        places = torch.arange(32, dtype=torch.int32, device=self.device)
        self._words.index_copy_(0, slots, (bits << places).sum(dim=-1, dtype=torch.int32))

    def packed(self, flags: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Flags of tokens as the kernels read them; int32 [rows, words] of bool [rows, vocabulary]."""
        padded = np.pad(flags, ((0, 0), (0, -self.vocabulary % 32)))
        return np.packbits(padded, axis=1, bitorder="little").view(np.int32)

    def workspace(self, rows: int) -> Workspace:
        """Memory for at least so many rows."""
        size = 1 << max(rows - 1, 7).bit_length()
        if size not in self._workspaces:
            self._workspaces = {size: Workspace.of(size, self.blocks, self.device)}
        return self._workspaces[size]

    def arguments(self) -> tuple[torch.Tensor | int, ...]:
        """What every kernel takes of the tables, in its order."""
        flags = self._masks.flags if self._masks.flags.numel() else self._no_flags
        return (
            self._words,
            flags,
            self._begins,
            self._kinds,
            self._outcomes,
            self._words.shape[1],
            flags.shape[1],
            self._masks.signatures,
            len(character_classes().scripts),
            self._beginnings,
        )

    def launch(self, kernel: Any, grid: tuple[int, ...], *arguments: Any, **sizes: Any) -> None:
        """Run a kernel whose last arguments are the tables."""
        kernel[grid](*arguments, *self.arguments(), **sizes, num_warps=_WARPS)
