"""Where versions and pointers are kept: what the registry needs of a local folder or an object store."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tlpo_guard.errors import ConfigurationError, RegistryError
from tlpo_guard.registry.folder import LocalFolder

__all__ = ["Storage", "storage_of", "unreachable"]


class Storage(Protocol):
    """A place for versions. A path is a pointer's name, or `version/file`.

    Attributes:
        label: its name in messages, without what is secret.
    """

    label: str

    def names(self) -> Sequence[str]:
        """The versions that are there, oldest first."""

    def has(self, version: str) -> bool:
        """Whether a version is there."""

    def path(self, version: str) -> Path:
        """A version's folder, or its name where there is no folder."""

    def read(self, path: str) -> bytes:
        """A small file's contents; raises FileNotFoundError where there is none."""

    def sha256(self, path: str) -> str:
        """The hash of a file, hexadecimal; raises FileNotFoundError where there is none."""

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file to this machine; raises FileNotFoundError where there is none."""

    def replace(self, name: str, text: str) -> None:
        """Write a pointer or a report, whole or not at all."""

    def remove(self, name: str) -> None:
        """Remove a pointer, where it is there."""

    def add(self, write: Callable[[Path], None]) -> str:
        """Add what `write` puts into the folder it is given as a version, whole or not at all; its name."""

    def delete(self, version: str) -> None:
        """Delete a version; from its first moment on it is not there any more."""

    def local(self, version: str) -> Path | None:
        """The folder that holds a version's files on this machine; None where they have to be fetched."""

    def lock(self) -> AbstractContextManager[object]:
        """Held while pointers move or versions come and go."""


def storage_of(root: Path | str) -> Storage:
    """The storage at a folder, or at a URL of any file system that fsspec knows.

    Raises:
        ConfigurationError: no such file system, or its package is not installed.
    """
    scheme, separator, rest = str(root).partition("://")
    if isinstance(root, Path) or not separator:
        return LocalFolder(Path(root).expanduser())
    if scheme in ("file", "local"):
        return LocalFolder(Path(rest))
    if not scheme or not rest:
        raise ConfigurationError(f"{root!r} names no registry; give a folder, or a URL such as s3://bucket/adapters")
    from tlpo_guard.registry.objects import ObjectStore

    return ObjectStore(str(root))


def unreachable(error: RegistryError) -> bool:
    """Whether the storage was not to be reached, so that the same may go well later."""
    return isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, FileNotFoundError)
