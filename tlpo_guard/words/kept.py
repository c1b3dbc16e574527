"""Tables that take time to make, kept in the user's cache folder from one run to the next."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

__all__ = ["kept"]

_SUFFIX = ".npz"


def kept(
    name: str, sources: Iterable[Path], make: Callable[[], Mapping[str, NDArray[Any]]]
) -> Mapping[str, NDArray[Any]]:
    """Tables by name: as an earlier run has left them, else made, and left for the next run where that can be written.

    A folder that may not be written to costs time and nothing else. Only arrays are read, never objects.

    Args:
        name: of the file, without its suffix.
        sources: files that the tables follow from, code among them; where one has changed they are made anew.
        make: makes them.
    """
    digest = hashlib.sha256(b"".join(hashlib.sha256(source.read_bytes()).digest() for source in sources)).hexdigest()
    path = _folder() / f"{name}{_SUFFIX}"
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["digest"]) == digest:
                return {key: file[key] for key in file.files if key != "digest"}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # none yet, or not whole
        pass
    tables = make()
    _write(path, {**tables, "digest": np.asarray(digest)})
    return tables


def _write(path: Path, tables: Mapping[str, NDArray[Any]]) -> None:
    """Write a file whole or not at all; runs at the same time do not see each other's."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=path.parent, suffix=_SUFFIX)
    except OSError:  # the folder cannot be written to
        return
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **tables)  # type: ignore[arg-type]
        Path(written).replace(path)
    except OSError:  # the disk is full
        Path(written).unlink(missing_ok=True)


@cache
def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("tlpo-guard") / "tables"
