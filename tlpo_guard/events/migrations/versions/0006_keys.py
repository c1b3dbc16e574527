"""Whose key asked, and whether the request had moved its logits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; of events from before neither is known."""
    op.add_column("events", sa.Column("key", sa.String, nullable=False, server_default=""))
    op.add_column("events", sa.Column("biased", sa.Boolean))
    op.create_index("ix_events_key_time", "events", ["key", "created_at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_events_key_time", "events")
    for name in ("biased", "key"):
        op.drop_column("events", name)
