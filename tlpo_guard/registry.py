"""Adapter versions on disk: immutable, whole or absent, and one pointer to the version that is served."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from tlpo_guard.errors import AdapterNotFoundError, RegistryError

__all__ = ["BASE", "AdapterRegistry", "AdapterVersion"]

BASE = "base"
_NAME = re.compile(r"v\d{4,}")
_POINTER = "CURRENT"
_HISTORY = "CURRENT.history"


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """One adapter with where it comes from and how it was judged.

    Attributes:
        damage: why its lineage or report cannot be read; empty where they can.
    """

    name: str
    path: Path
    lineage: dict[str, Any]
    report: dict[str, Any] | None
    damage: str = ""

    @property
    def passed(self) -> bool:
        """Whether it passed the gate."""
        return bool(self.report and self.report.get("passed"))


class AdapterRegistry:
    """The versions under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> str:
        """The version to serve; `base` where none was ever promoted.

        Raises:
            RegistryError: the pointer holds anything but a version's name.
        """
        try:
            name = (self.root / _POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return BASE
        if name != BASE and not _NAME.fullmatch(name):
            raise RegistryError(
                f"{self.root / _POINTER} holds {name[:40]!r}, not a version; run `tlpo-guard adapters promote`"
            )
        return name

    def list(self) -> Sequence[AdapterVersion]:
        """All versions, oldest first; damaged ones among them."""
        if not self.root.is_dir():
            return []
        names = sorted((p.name for p in self.root.iterdir() if _NAME.fullmatch(p.name)), key=lambda n: int(n[1:]))
        return [self._get_or_damaged(name) for name in names]

    def _get_or_damaged(self, name: str) -> AdapterVersion:
        try:
            return self.get(name)
        except RegistryError as exc:
            return AdapterVersion(name, self.root / name, {}, None, damage=str(exc))

    def get(self, name: str) -> AdapterVersion:
        """One version.

        Raises:
            AdapterNotFoundError: no version has this name.
            RegistryError: its lineage or report cannot be read.
        """
        path = self.root / name
        if not _NAME.fullmatch(name) or not path.is_dir():
            raise AdapterNotFoundError(f"no adapter version {name!r}; `tlpo-guard adapters list` shows them")
        try:
            lineage = json.loads((path / "lineage.json").read_text(encoding="utf-8"))
            report = json.loads((path / "report.json").read_text(encoding="utf-8"))
            if not isinstance(lineage, dict) or not isinstance(report, dict):
                raise ValueError("lineage or report is no JSON object")
        except (OSError, ValueError) as exc:
            raise RegistryError(f"adapter version {name} is damaged: {exc}") from exc
        return AdapterVersion(name, path, lineage, report)

    def add(
        self, write: Callable[[Path], None], lineage: Mapping[str, Any], report: Mapping[str, Any]
    ) -> AdapterVersion:
        """Add a version, whole or not at all.

        Args:
            write: puts the adapter's files into the folder that it is given.
            lineage: where it comes from; the files' hashes are added.
            report: the gate's figures.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / ".lock"):
            for left in self.root.glob(".tmp-*"):  # of a run that was killed
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=".tmp-", dir=self.root))
            try:
                write(folder)
                files = {p.name: _sha256(p) for p in sorted(folder.iterdir())}
                _write_json(folder / "lineage.json", {**lineage, "files": files})
                _write_json(folder / "report.json", report)
                _sync(folder)
                numbers = [int(p.name[1:]) for p in self.root.iterdir() if _NAME.fullmatch(p.name)]
                name = f"v{max(numbers, default=0) + 1:04d}"
                folder.rename(self.root / name)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            _sync(self.root, files=False)
        return self.get(name)

    def verify(self, name: str) -> None:
        """Check the files against the hashes in the lineage.

        Raises:
            RegistryError: a file is missing or is not what was added.
        """
        version = self.get(name)
        files = version.lineage.get("files")
        if not isinstance(files, dict) or not files:
            raise RegistryError(f"adapter version {name} has no file hashes in its lineage")
        for file, digest in files.items():
            path = version.path / Path(file).name
            if not path.is_file() or _sha256(path) != digest:
                raise RegistryError(f"adapter version {name} is damaged: {file} is not what was added")

    def promote(self, name: str) -> None:
        """Make a version the current one; `base` goes back to the bare model.

        Raises:
            RegistryError: an unknown or damaged version.
        """
        if name != BASE:
            self.verify(name)
        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / ".lock"):
            before = self.current()
            if before == name:
                return
            history = [*self._history()]
            self._replace(_HISTORY, "".join(f"{line}\n" for line in [*history, before]))
            self._replace(_POINTER, f"{name}\n")

    def rollback(self) -> str:
        """Go back to the version that was current before; `base` at the end. The version that is current now."""
        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / ".lock"):
            history = [*self._history()]
            name = history.pop() if history else BASE
            if name != BASE:
                self.verify(name)
            self._replace(_POINTER, f"{name}\n")
            self._replace(_HISTORY, "".join(f"{line}\n" for line in history))
        return name

    def _history(self) -> Sequence[str]:
        try:
            return (self.root / _HISTORY).read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return []

    def _replace(self, name: str, text: str) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self.root, prefix=".tmp-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(self.root / name)
        _sync(self.root, files=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")


def _sync(folder: Path, *, files: bool = True) -> None:
    """Flush a folder and what is in it to the disk."""
    for path in [*(folder.iterdir() if files else ()), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
