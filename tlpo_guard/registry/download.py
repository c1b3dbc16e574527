"""A version's files in a cache folder: fetched once, checked each time."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from tlpo_guard.errors import RegistryError
from tlpo_guard.files import sync
from tlpo_guard.registry.storage import Storage
from tlpo_guard.registry.version import LINEAGE, file_sha256

__all__ = ["check", "fetched"]


def check(storage: Storage, name: str, files: Mapping[str, str]) -> None:
    """Check a version's files where they are.

    Raises:
        RegistryError: a file is missing or is not what was added.
    """
    for file, digest in files.items():
        try:
            actual = storage.sha256(f"{name}/{file}")
        except (FileNotFoundError, IsADirectoryError):
            actual = ""
        if actual != digest:
            raise _damaged(name, file)


def fetched(storage: Storage, name: str, files: Mapping[str, str], cache_dir: Path) -> Path:
    """The folder under `cache_dir` that holds a version's files, fetched where they are missing or spoilt.

    The reports are left where they are: they show text of requests, which would outlive the version here.

    Raises:
        RegistryError: a file is missing in the storage or is not what was added.
    """
    lineage = storage.read(f"{name}/{LINEAGE}")
    folder = cache_dir / f"{name}-{hashlib.sha256(lineage).hexdigest()[:16]}"  # of this version of this registry
    cache_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(cache_dir / ".lock"):
        if _intact(folder, files):
            return folder
        scratch = Path(tempfile.mkdtemp(prefix=".tmp-", dir=cache_dir))
        try:
            for file, digest in files.items():
                _fetch(storage, name, file, digest, scratch / file)
            (scratch / LINEAGE).write_bytes(lineage)
            for path in (*scratch.iterdir(), scratch):
                sync(path)
            shutil.rmtree(folder, ignore_errors=True)
            scratch.rename(folder)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
    sync(cache_dir)
    return folder


def _intact(folder: Path, files: Mapping[str, str]) -> bool:
    return all((folder / file).is_file() and file_sha256(folder / file) == digest for file, digest in files.items())


def _fetch(storage: Storage, name: str, file: str, digest: str, to: Path) -> None:
    try:
        storage.fetch(f"{name}/{file}", to)
    except FileNotFoundError:
        raise _damaged(name, file) from None
    if file_sha256(to) != digest:
        raise _damaged(name, file)


def _damaged(name: str, file: str) -> RegistryError:
    return RegistryError(f"adapter version {name} is damaged: {file} is not what was added")
