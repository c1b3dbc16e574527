"""What a run puts into the registry: the adapter, where it comes from, the report, and what it learnt from."""

import importlib.metadata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distill.run.run_folder import RunState
from tlpo_guard.files import write_text
from tlpo_guard.registry import EVENT_IDS, PAGE, AdapterRegistry, AdapterVersion

if TYPE_CHECKING:
    from tlpo_guard.models.load import LoadedModel

__all__ = ["lineage_of", "version_of_run", "write_version"]


def write_version(
    model: Any, report: dict[str, Any], lineage: dict[str, Any], event_ids: Sequence[str], folder: Path
) -> None:
    """Write a version's files into a folder.

    Args:
        model: PEFT model, whose adapter is saved.
        report: for people, as a page; the registry keeps the figures itself.
        event_ids: of the events that the adapter learnt from or was measured on.
    """
    from distill.report.page import render_html

    model.save_pretrained(str(folder), safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
    write_text(folder / PAGE, render_html(report | {"lineage": lineage}))
    write_text(folder / EVENT_IDS, "\n".join(event_ids))


def version_of_run(registry: AdapterRegistry, run_id: str) -> AdapterVersion | None:
    """The version that a run has made; None where it has made none yet."""
    return next((v for v in registry.list() if not v.damage and v.lineage.get("run") == run_id), None)


def lineage_of(base: "LoadedModel", state: RunState, event_ids: Sequence[str]) -> dict[str, Any]:
    """Where a version comes from, as plain JSON."""
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": state.id,
        "base": base.name,
        "base_fingerprint": base.fingerprint,
        "tokenizer_fingerprint": base.tokenizer_fingerprint,
        "parent": state.parent,
        "events": len(event_ids),
        "first_event": state.selection.get("first_event"),
        "last_event": state.selection.get("last_event"),
        "config": state.settings,
        "code_version": importlib.metadata.version("tlpo-guard"),
    }
