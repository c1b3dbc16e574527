"""Languages that are admitted or claimed beside the expected ones, and whether that is settled."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; of events from before nothing is known of claims."""
    op.add_column("events", sa.Column("admitted", sa.String, nullable=False, server_default=""))
    op.add_column("events", sa.Column("claimed", sa.String, nullable=False, server_default=""))
    op.add_column("events", sa.Column("settled", sa.Boolean))


def downgrade() -> None:
    """Drop it."""
    for name in ("settled", "claimed", "admitted"):
        op.drop_column("events", name)
