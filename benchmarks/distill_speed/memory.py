"""The most memory that a piece of work takes (Linux)."""

import ctypes
from pathlib import Path

__all__ = ["reset_peak", "status"]


def reset_peak() -> int:
    """What is resident now, KiB, after all that is free has been given back; from here on the peak is counted anew."""
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return status("VmRSS")


def status(name: str) -> int:
    """A figure of this process, KiB: VmRSS, VmHWM (its peak)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
