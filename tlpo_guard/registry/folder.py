"""Versions in a local folder: one appears and goes by a rename, under a file lock."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock

from tlpo_guard.files import sync, write_text
from tlpo_guard.registry.version import file_sha256, in_order

__all__ = ["LocalFolder"]

_SCRATCH = ".tmp-"


class LocalFolder:
    """A `Storage` in a folder, which is made when something is first written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.label = str(root)

    def names(self) -> Sequence[str]:
        return in_order(path.name for path in self.root.iterdir()) if self.root.is_dir() else ()

    def has(self, version: str) -> bool:
        return (self.root / version).is_dir()

    def path(self, version: str) -> Path:
        return self.root / version

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def sha256(self, path: str) -> str:
        return file_sha256(self.root / path)

    def fetch(self, path: str, to: Path) -> None:
        shutil.copyfile(self.root / path, to)

    def replace(self, name: str, text: str) -> None:
        write_text(self.root / name, text)

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)
        sync(self.root)

    def add(self, write: Callable[[Path], None]) -> str:
        for left in self.root.glob(f"{_SCRATCH}*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=self.root))
        try:
            write(folder)
            for path in (*folder.iterdir(), folder):
                sync(path)
            name = f"v{max((int(n[1:]) for n in self.names()), default=0) + 1:04d}"
            folder.rename(self.root / name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sync(self.root)
        return name

    def delete(self, version: str) -> None:
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=self.root))
        (self.root / version).rename(scratch / version)
        sync(self.root)
        shutil.rmtree(scratch)

    def local(self, version: str) -> Path | None:
        return self.root / version

    def lock(self) -> AbstractContextManager[object]:
        self.root.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / ".lock")
