"""What a version is: its name, its lineage and its files."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlpo_guard.errors import RegistryError

__all__ = [
    "BASE",
    "EVENT_IDS",
    "LINEAGE",
    "PAGE",
    "REPORT",
    "AdapterVersion",
    "file_sha256",
    "in_order",
    "is_version",
    "manifest",
]

BASE = "base"
LINEAGE = "lineage.json"  # with the hashes of the other files, so it is what makes a version whole
REPORT = "report.json"
PAGE = "report.html"  # the report for people, with examples of requests, which go when their events do
EVENT_IDS = "events.txt"  # what the version learnt from or was measured on

_NAME = re.compile(r"v\d{4,}")
_FILE = re.compile(r"[^/\\\x00]{1,255}")


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """One adapter with where it comes from and how it was judged.

    Attributes:
        path: its folder; only its name where the registry is not a local folder (`StoredRegistry.local` brings its files).
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

    @property
    def refused(self) -> bool:
        """Whether the gate refused it; one that was never judged is not refused."""
        return self.report is not None and not self.passed


def is_version(name: str) -> bool:
    """Whether a name is a version's; `base` is none."""
    return _NAME.fullmatch(name) is not None


def in_order(names: Iterable[str]) -> Sequence[str]:
    """The versions' names among `names`, oldest first."""
    return sorted((name for name in names if is_version(name)), key=lambda name: int(name[1:]))


def file_sha256(path: Path) -> str:
    """The hash of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest(name: str, lineage: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of each file of a version but its reports, hexadecimal.

    Raises:
        RegistryError: there are none, or one is of something that is no file in the version's folder.
    """
    files = lineage.get("files")
    if not isinstance(files, dict) or not files:
        raise RegistryError(f"adapter version {name} has no file hashes in its lineage")
    for file, digest in files.items():
        if not _FILE.fullmatch(file) or file in (".", "..", LINEAGE, REPORT) or not isinstance(digest, str):
            raise RegistryError(f"adapter version {name} is damaged: {file[:80]!r} is no file of its folder")
    return {file: digest for file, digest in files.items() if file != PAGE}
