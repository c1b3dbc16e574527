"""Versions in an object store: the lineage is written last, and without it a version is not there."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tlpo_guard.errors import ConfigurationError, RegistryError
from tlpo_guard.registry.version import LINEAGE, in_order

__all__ = ["ObjectStore"]


class ObjectStore:
    """A `Storage` at a URL of any file system that fsspec knows.

    Object stores have no locks: what writes has to be one at a time, which the lease of a distillation sees to. Readers
    need none, for a version never changes and a pointer is one object.

    Raises:
        ConfigurationError: no such file system, or its package is not installed.
    """

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped, unused-ignore]

        self.label = _without_secrets(url)
        try:
            # Listings are not kept: another process adds versions.
            file_system, root = url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as exc:
            raise ConfigurationError(f"registry {self.label} cannot be used: {exc}") from exc
        self._fs: Any = file_system
        self._root = str(root).rstrip("/")
        self._read: dict[str, bytes] = {}  # of versions, which only `replace` changes

    def names(self) -> Sequence[str]:
        with self._reporting("listed"), suppress(FileNotFoundError):
            paths = (str(path).removeprefix(f"{self._root}/").split("/") for path in self._fs.find(self._root))
            return in_order(parts[0] for parts in paths if parts[1:] == [LINEAGE])
        return ()

    def has(self, version: str) -> bool:
        try:
            self.read(f"{version}/{LINEAGE}")
        except FileNotFoundError:
            return False
        return True

    def path(self, version: str) -> Path:
        return Path(version)

    def read(self, path: str) -> bytes:
        if path in self._read:
            return self._read[path]
        with self._reporting("read"):
            content = bytes(self._fs.cat_file(self._location(path)))
        if "/" in path:
            self._read[path] = content
        return content

    def sha256(self, path: str) -> str:
        with self._reporting("read"), self._fs.open(self._location(path), "rb", cache_type="readahead") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def fetch(self, path: str, to: Path) -> None:
        with self._reporting("read"):
            self._fs.get_file(self._location(path), str(to))

    def replace(self, name: str, text: str) -> None:
        self._write(name, lambda location: self._fs.pipe_file(location, text.encode()))
        self._read.pop(name, None)

    def remove(self, name: str) -> None:
        with self._reporting("written"), suppress(FileNotFoundError):
            self._fs.rm_file(self._location(name))

    def add(self, write: Callable[[Path], None]) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            write(folder)
            name = f"v{self._highest() + 1:04d}"
            for path in sorted(folder.iterdir(), key=lambda path: path.name == LINEAGE):
                self._write(f"{name}/{path.name}", partial(self._fs.put_file, str(path)))
        return name

    def delete(self, version: str) -> None:
        with self._reporting("written"):
            self._fs.rm_file(self._location(f"{version}/{LINEAGE}"))
            with suppress(FileNotFoundError):  # nothing was left in it
                self._fs.rm(self._location(version), recursive=True)
        for path in [path for path in self._read if path.startswith(f"{version}/")]:
            self._read.pop(path, None)

    def local(self, version: str) -> Path | None:
        return None

    def lock(self) -> AbstractContextManager[object]:
        return nullcontext()

    def _highest(self) -> int:
        """The number of the newest version, those among them that a killed writer left without a lineage."""
        with self._reporting("listed"), suppress(FileNotFoundError):
            first = (str(path).removeprefix(f"{self._root}/").split("/")[0] for path in self._fs.find(self._root))
            return max((int(name[1:]) for name in in_order(first)), default=0)
        return 0

    def _write(self, path: str, write: Callable[[str], object]) -> None:
        with self._reporting("written"):
            try:
                write(self._location(path))
            except FileNotFoundError:  # some of fsspec's file systems want folders made
                above = self._root.rpartition("/")[0]
                if not above or not self._fs.isdir(above):  # a mistyped bucket is not made
                    raise
                self._fs.makedirs(self._location(path).rpartition("/")[0], exist_ok=True)
                write(self._location(path))

    def _location(self, path: str) -> str:
        return f"{self._root}/{path}"

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            if what == "written":  # as without the bucket
                raise RegistryError(f"registry {self.label} cannot be written: there is no such place") from None
            raise
        except Exception as exc:  # each store has errors of its own
            reason = f"{type(exc).__name__}: {str(exc)[:200]}"
            cause = exc if isinstance(exc, OSError) else OSError(reason)
            raise RegistryError(
                f"registry {self.label} cannot be {what} ({reason}); check address and rights"
            ) from cause


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
