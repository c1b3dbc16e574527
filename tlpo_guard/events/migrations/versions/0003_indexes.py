"""Indexes that bring events in order of time, whatever they are filtered by."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FILTERS = ("language", "user", "adapter_version", "trained_in")


def upgrade() -> None:
    """Each filter with the order behind it; the plain ones serve no query any more."""
    op.create_index("ix_events_time", "events", ["created_at", "id"])
    for name in _FILTERS:
        op.create_index(f"ix_events_{name}_time", "events", [name, "created_at", "id"])
    for name in ("created_at", "language", "user", "trained_in"):
        op.drop_index(f"ix_events_{name}", "events")


def downgrade() -> None:
    """The plain indexes."""
    for name in ("created_at", "language", "user", "trained_in"):
        op.create_index(f"ix_events_{name}", "events", [name])
    for name in _FILTERS:
        op.drop_index(f"ix_events_{name}_time", "events")
    op.drop_index("ix_events_time", "events")
