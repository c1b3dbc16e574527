"""Copies of events' text outside the log: the folder of a distillation under way, and the examples in versions' reports.

They may be there as long as their events are in the log. Both name their events: the folder in its `events.txt`, a version too.
"""

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from tlpo_guard.errors import LeaseHeldError, RegistryError
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.log import EventLog
from tlpo_guard.events.store import EventStore
from tlpo_guard.registry import EVENT_IDS, AdapterVersion, StoredRegistry

__all__ = ["RUN_LEASE", "erase_everywhere", "run_folder"]

RUN_LEASE = "distill"  # who holds it works in the run folder

_LEASE_SECONDS = 60.0


def run_folder(data_dir: Path) -> Path:
    """Where a distillation keeps what it works on, until it ends."""
    return data_dir / "distill" / "run"


def erase_everywhere(log: EventLog, registry: StoredRegistry, data_dir: Path) -> tuple[str, ...]:
    """Get rid of all text of events that are not in the log any more. Where some is left, and until when.

    May be called again until nothing is. A running server sees to its own log by itself.

    Raises:
        StoreError: the log failed.
    """
    if not isinstance(log, EventStore):
        return ()
    return (*log.erase(), *_erase_run(log, run_folder(data_dir)), *_erase_examples(log, registry))


def _erase_run(store: EventStore, folder: Path) -> list[str]:
    """Remove what a distillation that was killed has left, if it works on events that are gone; the next one begins anew."""
    if not folder.exists() or not _outdated(store, folder):
        return []
    try:
        with Lease(store.leases, RUN_LEASE, seconds=_LEASE_SECONDS).held():
            grave = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
            folder.rename(grave)
            shutil.rmtree(grave)
    except LeaseHeldError:
        return [f"in {folder}, until the distillation under way ends"]
    except OSError as exc:
        return [f"in {folder}, which cannot be removed ({exc.strerror})"]
    return []


def _outdated(store: EventStore, folder: Path) -> bool:
    try:
        event_ids = (folder / EVENT_IDS).read_text(encoding="utf-8").split()
    except OSError:
        return True  # of a version that did not note them, or half written
    return bool(store.missing(event_ids))


def _erase_examples(store: EventStore, registry: StoredRegistry) -> list[str]:
    left = []
    try:
        versions: Sequence[AdapterVersion] = registry.list()
        for version in versions:
            examples = (version.report or {}).get("examples") or ()
            if not examples:
                continue
            event_ids = {str(example.get("event", "")) for example in examples}
            if "" in event_ids:  # of a version that did not note them: all that it learnt from have to be there
                event_ids.update(registry.learnt_from(version.name))
            if gone := store.missing(event_ids - {""}):
                registry.strike_examples(version.name, gone)
    except (OSError, RegistryError) as exc:
        left.append(f"among the examples of reports in {registry.label}, until they can be changed ({exc})")
    return left
