"""Between host and device: copies that nobody waits for, and the one that tells the host what a step brought."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["LateCopy", "to_device", "to_host"]


def to_device(array: NDArray[np.generic], device: torch.device) -> torch.Tensor:
    """A host array as a tensor on a device; the copy does not hold up the host."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    if device.type == "cpu":
        return tensor
    if device.type == "cuda":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def to_host(tensors: Sequence[torch.Tensor]) -> list[NDArray[Any]]:
    """Some tensors of one device as host arrays, by one copy, which is waited for. On the CPU nothing is copied."""
    return LateCopy(tensors).arrays()


class LateCopy:
    """Tensors of one device on their way to the host, as one copy that is waited for only where it is read."""

    def __init__(self, tensors: Sequence[torch.Tensor]) -> None:
        self._shapes = [(tensor.dtype, tensor.shape) for tensor in tensors]
        # The widest values first, so that each begins at a multiple of its width.
        self._order = sorted(range(len(tensors)), key=lambda index: -tensors[index].element_size())
        self._arrived: torch.Event | None = None
        self._arrays: list[NDArray[Any]] | None = None
        if not tensors or tensors[0].device.type == "cpu":
            self._arrays = [tensor.numpy() for tensor in tensors]
            return
        packed = torch.cat([_bytes(tensors[index]) for index in self._order])
        pinned = packed.device.type == "cuda"
        self._host = torch.empty(packed.shape, dtype=packed.dtype, pin_memory=pinned)
        self._host.copy_(packed, non_blocking=True)
        if torch.accelerator.is_available():
            self._arrived = torch.Event(packed.device)
            self._arrived.record()

    def arrays(self) -> list[NDArray[Any]]:
        """The tensors' values, in their order."""
        if self._arrays is None:
            if self._arrived is not None:
                self._arrived.synchronize()
            self._arrays = self._unpacked()
        return self._arrays

    def _unpacked(self) -> list[NDArray[Any]]:
        arrays: list[NDArray[Any]] = [np.empty(0)] * len(self._order)
        start = 0
        for index in self._order:
            dtype, shape = self._shapes[index]
            end = start + shape.numel() * dtype.itemsize
            arrays[index] = self._host[start:end].view(dtype).view(shape).numpy()
            start = end
        return arrays


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor's values as bytes; uint8 [bytes]. A single value counts as contiguous whatever its stride."""
    return tensor.contiguous().as_strided((tensor.numel(),), (1,)).view(torch.uint8)
