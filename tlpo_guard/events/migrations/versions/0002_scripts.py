"""Scripts that a request allowed besides those of its languages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; events from before allowed none."""
    op.add_column("events", sa.Column("scripts", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("events", "scripts")
