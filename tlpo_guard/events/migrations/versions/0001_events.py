"""The events table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "events",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("created_at", sa.DateTime, nullable=False, index=True),
        sa.Column("request_id", sa.String, nullable=False, index=True),
        sa.Column("user", sa.String, index=True),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("base_fingerprint", sa.String, nullable=False),
        sa.Column("tokenizer_fingerprint", sa.String, nullable=False),
        sa.Column("adapter_version", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False, index=True),
        sa.Column("decided_by", sa.String, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("allow_english", sa.Boolean, nullable=False),
        sa.Column("allow_hanja", sa.Boolean, nullable=False),
        sa.Column("prompt_ids", sa.JSON, nullable=False),
        sa.Column("output_ids", sa.JSON, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("token_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("confusion_mass", sa.Float, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("replacement_id", sa.Integer),
        sa.Column("temperature", sa.Float, nullable=False),
        sa.Column("top_p", sa.Float, nullable=False),
        sa.Column("top_k", sa.Integer),
        sa.Column("seed", sa.Integer),
        sa.Column("detector_version", sa.String, nullable=False),
        sa.Column("context_hash", sa.String, nullable=False),
        sa.Column("trained_in", sa.String, index=True),
        sa.UniqueConstraint("request_id", "context_hash", "position"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("events")
