"""A device that is not the CPU, for machines that have no other: tensors that refuse to meet the CPU's, and count who waits."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

DEVICE = torch.device("meta")  # the one name that every build of torch lets a tensor have
_WAITS = {"aten::_local_scalar_dense", "aten::item", "aten::nonzero", "aten::masked_select", "aten::is_nonzero"}


class OtherTensor(torch.Tensor):
    """A tensor of another device, kept in the CPU's memory."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> "OtherTensor":
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, held.shape, held.stride(), held.storage_offset(), dtype=held.dtype, device=DEVICE
        )
        made.held = held
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{func} outside of the other device's mode")


class OtherDevice(TorchDispatchMode):
    """Runs what is asked of its tensors, and refuses to mix them with the CPU's.

    Attributes:
        waits: what held up the host, by name: copies to it that it waits for, and looks at values.
        copies: all copies to the host.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: Counter[str] = Counter()
        self.copies = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = func._schema.name
        device = kwargs.get("device")
        tensors = [t for t in _flat((args, kwargs)) if isinstance(t, torch.Tensor)]
        here = [t for t in tensors if isinstance(t, OtherTensor)]
        if device is not None and torch.device(device).type == DEVICE.type:
            kwargs["device"] = "cpu"
            kwargs.pop("pin_memory", None)
            return tree_map(_wrapped, func(*tree_map(_held, args), **tree_map(_held, kwargs)))
        if not here:
            return func(*args, **kwargs)
        if name == "aten::copy_" and not isinstance(args[0], OtherTensor):
            self._to_host(name, (len(args) > 2 and args[2]) or kwargs.get("non_blocking"))
            args[0].copy_(args[1].held)
            return args[0]
        if name == "aten::_to_copy" and device is not None:
            self._to_host(name, kwargs.get("non_blocking"))
            return func(*tree_map(_held, args), **kwargs)
        strangers = [t for t in tensors if not isinstance(t, OtherTensor) and t.dim() > 0]
        assert not strangers, f"{func} mixes devices"
        if name in _WAITS or (name.startswith("aten::index") and _by_flags(args)):
            self.waits[name] += 1
        out = func(*tree_map(_held, args), **tree_map(_held, kwargs))
        if name == "aten::_local_scalar_dense":
            return out
        return _same_or_wrapped(out, args, func)

    def _to_host(self, name: str, non_blocking: bool | None) -> None:
        self.copies += 1
        if not non_blocking:
            self.waits[name] += 1


def _flat(tree: Any) -> Iterator[Any]:
    return iter(torch.utils._pytree.tree_leaves(tree))


def _held(value: Any) -> Any:
    return value.held if isinstance(value, OtherTensor) else value


def _wrapped(value: Any) -> Any:
    return OtherTensor(value) if isinstance(value, torch.Tensor) else value


def _by_flags(args: Any) -> bool:
    indices = [t for t in _flat(args[1:2]) if isinstance(t, torch.Tensor)]
    return any(t.dtype in (torch.bool, torch.uint8) for t in indices)


def _same_or_wrapped(out: Any, args: Any, func: Any) -> Any:
    """In-place operations give back the tensor that they were called on."""
    if func._schema.is_mutable and args and isinstance(args[0], OtherTensor):
        return args[0]
    return tree_map(_wrapped, out)


@contextmanager
def other_device() -> Iterator[OtherDevice]:
    """The mode in which tensors of the other device can be used."""
    with OtherDevice() as mode:
        yield mode


def moved(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the CPU's on the other device."""
    return OtherTensor(tensor.clone())


def back(tensor: torch.Tensor) -> torch.Tensor:
    """What a tensor of the other device holds, without asking the device."""
    assert isinstance(tensor, OtherTensor), "a tensor that left the device"
    return tensor.held
