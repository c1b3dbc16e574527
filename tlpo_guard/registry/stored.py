"""A registry in a folder or an object store."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tlpo_guard.errors import AdapterNotFoundError, ConfigurationError, RegistryError
from tlpo_guard.registry.ancestry import ancestry
from tlpo_guard.registry.canary import Canary, checked_share, read_canary
from tlpo_guard.registry.download import check, fetched
from tlpo_guard.registry.examples import without_examples
from tlpo_guard.registry.folder import LocalFolder
from tlpo_guard.registry.pointers import Pointers
from tlpo_guard.registry.pruning import superfluous, without
from tlpo_guard.registry.storage import Storage, storage_of, unreachable
from tlpo_guard.registry.version import (
    BASE,
    EVENT_IDS,
    LINEAGE,
    PAGE,
    REPORT,
    AdapterVersion,
    file_sha256,
    is_version,
    manifest,
)

__all__ = ["StoredRegistry", "open_registry"]

_PROMOTED = "CURRENT"
_HISTORY = "CURRENT.history"
_PINNED = "PINNED"
_CANARY = "CANARY"


def open_registry(location: Path | str) -> "StoredRegistry":
    """The registry in a folder, or at a URL that fsspec knows, such as `s3://bucket/adapters`.

    Raises:
        ConfigurationError: a URL of a file system that is unknown or not installed.
    """
    return StoredRegistry(storage_of(location))


class StoredRegistry:
    """An `AdapterRegistry` with the versions' files: it also adds, checks, fetches and prunes them.

    A version is immutable but for the examples in its reports, and its number is never given again. In a local folder, writers
    take turns by a file lock. On an object store there is none: one writer at a time is what the distiller's lease makes sure
    of, so promote, pin and prune there while no distillation runs.

    Args:
        storage: where versions and pointers are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @property
    def root(self) -> Path:
        """The folder.

        Raises:
            RegistryError: the registry is not in a local one.
        """
        if not isinstance(self._storage, LocalFolder):
            raise RegistryError(f"registry {self.label} is not a local folder")
        return self._storage.root

    @property
    def label(self) -> str:
        return self._storage.label

    def current(self) -> str:
        return self._pointer(_PINNED) or self._pointer(_PROMOTED) or BASE

    def pointers(self) -> Pointers:
        return Pointers(self._pointer(_PROMOTED) or BASE, self._pointer(_PINNED), self._canary())

    def list(self) -> Sequence[AdapterVersion]:
        return [self._get_or_damaged(name) for name in self._storage.names()]

    def get(self, name: str) -> AdapterVersion:
        if not is_version(name) or not self._storage.has(name):
            raise AdapterNotFoundError(f"no adapter version {name!r}; `tlpo-guard adapters list` shows them")
        return AdapterVersion(name, self._storage.path(name), self._json(name, LINEAGE), self._json(name, REPORT))

    def ancestry(self, name: str) -> Sequence[str]:
        return ancestry(name, self.get)

    def add(
        self, write: Callable[[Path], None], lineage: Mapping[str, Any], report: Mapping[str, Any]
    ) -> AdapterVersion:
        """Add a version, whole or not at all.

        Args:
            write: puts the adapter's files into the folder that it is given; no folders.
            lineage: where it comes from; the files' hashes are added.
            report: the gate's figures.
        """

        def whole(folder: Path) -> None:
            write(folder)
            files = {path.name: file_sha256(path) for path in sorted(folder.iterdir()) if path.name != PAGE}
            _write_json(folder / LINEAGE, {**lineage, "files": files})
            _write_json(folder / REPORT, report)

        with self._storage.lock():
            name = self._storage.add(whole)
        return self.get(name)

    def verify(self, name: str) -> None:
        """Check the files against the hashes in the lineage.

        Raises:
            RegistryError: a file is missing or is not what was added.
        """
        check(self._storage, name, manifest(name, self.get(name).lineage))

    def local(self, name: str, cache_dir: Path) -> Path:
        """The folder of a version's files on this machine, every one checked against the lineage.

        Args:
            cache_dir: where those of a registry at a URL are kept, all but the reports; may be deleted at any time.

        Raises:
            RegistryError: unknown, damaged, or not to be fetched.
        """
        folder = self._storage.local(name)
        if folder is not None:
            self.verify(name)
            return folder
        return fetched(self._storage, name, manifest(name, self.get(name).lineage), cache_dir)

    def promote(self, name: str) -> None:
        if name != BASE:
            self.verify(name)
        with self._moving():
            before = self._promoted_before()
            if before == name:
                return
            self._remember([*self._history(), before])
            self._storage.replace(_PROMOTED, f"{name}\n")

    def rollback(self) -> str:
        with self._moving():
            history = [*self._history()]
            name = history.pop() if history else BASE
            if name != BASE:
                self.verify(name)
            self._storage.replace(_PROMOTED, f"{name}\n")
            self._remember(history)
            self._storage.remove(_CANARY)
        return name

    def pin(self, name: str) -> None:
        if name != BASE:
            self.verify(name)
        with self._moving():
            self._storage.replace(_PINNED, f"{name}\n")

    def unpin(self) -> str:
        with self._moving():
            promoted = self._pointer(_PROMOTED) or BASE
            if promoted != BASE:
                self.verify(promoted)
            self._storage.remove(_PINNED)
        return promoted

    def start_canary(self, name: str, share: int) -> None:
        canary = Canary(name, checked_share(share), int(time.time()))
        if name != BASE:
            self.verify(name)
        with self._storage.lock():
            if name == self.current():
                raise RegistryError(f"{name} is the current version: everybody gets it already; try another one")
            self._storage.replace(_CANARY, canary.line())

    def stop_canary(self) -> None:
        with self._storage.lock():
            self._storage.remove(_CANARY)

    def prune(self, keep: int, *, dry_run: bool = False) -> Sequence[str]:
        """Delete the versions that nothing needs.

        Needed are the newest `keep`, the promoted and the pinned one, the canary, those that the next `keep` rollbacks lead
        to, and the ancestors of all but the newest.

        Args:
            keep: at least 1, so that no number is given twice.
            dry_run: only tell.

        Returns:
            The versions deleted, oldest first.

        Raises:
            ConfigurationError: `keep` is below 1.
        """
        if keep < 1:
            raise ConfigurationError(f"{keep} versions cannot be kept; --keep is at least 1")
        if dry_run:
            return self._superfluous(keep)
        with self._storage.lock():
            gone = self._superfluous(keep)
            if gone:
                self._remember(without(self._history(), gone, self.pointers().promoted))
            for name in gone:
                self._storage.delete(name)
        return gone

    def strike_examples(self, name: str, event_ids: Collection[str]) -> None:
        """Take the examples that come from some events, and those that do not say, out of a version's reports.

        Nothing else of it changes.

        Raises:
            RegistryError: the reports cannot be read or written.
        """
        with self._storage.lock():
            report = self._json(name, REPORT)
            shown = report.get("examples") or ()
            report["examples"] = [e for e in shown if e.get("event") and e["event"] not in event_ids]
            with suppress(FileNotFoundError):
                page = self._storage.read(f"{name}/{PAGE}").decode("utf-8", "replace")
                self._storage.replace(f"{name}/{PAGE}", without_examples(page, event_ids))
            self._storage.replace(f"{name}/{REPORT}", json.dumps(report, ensure_ascii=False, indent=2))

    def page(self, name: str) -> str | None:
        """The report for people, HTML; None where the version has none.

        Raises:
            AdapterNotFoundError: no version has this name.
        """
        try:
            return self._storage.read(f"{self.get(name).name}/{PAGE}").decode("utf-8", "replace")
        except FileNotFoundError:
            return None

    def learnt_from(self, name: str) -> Sequence[str]:
        """The ids of the events that a version learnt from or was measured on; none where that was not noted."""
        try:
            return self._storage.read(f"{name}/{EVENT_IDS}").decode("utf-8", "replace").split()
        except FileNotFoundError:
            return ()

    def _superfluous(self, keep: int) -> Sequence[str]:
        return superfluous(self._storage.names(), self.pointers(), self._history(), self.ancestry, keep=keep)

    def _get_or_damaged(self, name: str) -> AdapterVersion:
        try:
            return self.get(name)
        except RegistryError as exc:
            return AdapterVersion(name, self._storage.path(name), {}, None, damage=str(exc))

    def _json(self, name: str, file: str) -> dict[str, Any]:
        try:
            content = json.loads(self._storage.read(f"{name}/{file}"))
            if not isinstance(content, dict):
                raise ValueError(f"{file} is no JSON object")
        except (OSError, ValueError) as exc:
            raise RegistryError(f"adapter version {name} is damaged: {exc}") from exc
        return content

    def _pointer(self, pointer: str) -> str | None:
        try:
            name = self._storage.read(pointer).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return None
        if name != BASE and not is_version(name):
            command = "pin` or `tlpo-guard adapters unpin" if pointer == _PINNED else "promote"
            where = f"{pointer} in {self.label}"
            raise RegistryError(f"{where} holds {name[:40]!r}, not a version; run `tlpo-guard adapters {command}`")
        return name

    def _canary(self) -> Canary | None:
        try:
            return read_canary(self._storage.read(_CANARY).decode("utf-8", "replace"))
        except FileNotFoundError:
            return None

    @contextmanager
    def _moving(self) -> Iterator[None]:
        """The lock, while pointers move. A canary ends where the current version, which it is compared with, becomes another."""
        with self._storage.lock():
            before = self._current_if_known()
            yield
            if before is None or self._current_if_known() != before:
                self._storage.remove(_CANARY)

    def _current_if_known(self) -> str | None:
        """The current version; None where a pointer is spoilt, so that moving it mends it."""
        try:
            return self.current()
        except RegistryError as exc:
            if unreachable(exc):
                raise
            return None

    def _promoted_before(self) -> str:
        """The promoted version; the base where the pointer is spoilt, so that promoting mends it."""
        try:
            return self._pointer(_PROMOTED) or BASE
        except RegistryError as exc:
            if unreachable(exc):
                raise
            return BASE

    def _history(self) -> Sequence[str]:
        try:
            return self._storage.read(_HISTORY).decode("utf-8", "replace").split()
        except FileNotFoundError:
            return []

    def _remember(self, history: Sequence[str]) -> None:
        self._storage.replace(_HISTORY, "".join(f"{name}\n" for name in history))


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
