"""What the dashboard reads: tallies of the traffic, and an index that answers any mixture of filters."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = (("span", sa.Integer), ("begins_at", sa.Integer), ("language", sa.String), ("adapter_version", sa.String))
_COUNTS = ("answers", "tokens", "guarded_tokens", "events", "interventions", "rewinds", "stood_back")
_SUMS = ("confusion_mass", "seconds")
_LISTED = ["created_at", "id", "language", "kind", "action", "model", "adapter_version", "key", "user"]


def upgrade() -> None:
    """Add both; of answers from before there are no tallies."""
    op.create_table(
        "traffic",
        *(sa.Column(name, kind, primary_key=True) for name, kind in _KEY),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.Float, nullable=False) for name in _SUMS),
    )
    op.create_index("ix_events_listed", "events", _LISTED)


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_events_listed", "events")
    op.drop_table("traffic")
