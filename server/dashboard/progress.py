"""A distillation that is under way on this data folder."""

from datetime import UTC, datetime
from pathlib import Path

from tlpo_guard.events.copies import RUN_LEASE
from tlpo_guard.events.lease import Leases
from tlpo_guard.run_progress import RunProgress, read_progress

__all__ = ["distillation_under_way"]


def distillation_under_way(leases: Leases, data_dir: Path) -> RunProgress | None:
    """How far it is; None where nobody holds the lease of a run."""
    holding = leases.holding(RUN_LEASE)
    if holding is None or holding.expires_at <= datetime.now(UTC):
        return None
    return read_progress(data_dir)
