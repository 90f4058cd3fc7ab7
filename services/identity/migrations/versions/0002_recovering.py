"""Password recoveries, phone changes by review, registration windows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "password_recoveries",
        sa.Column("password_recovery_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("login_name_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complete_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts BETWEEN 0 AND 5", name=op.f("password_recoveries_attempts_check")),
        sa.CheckConstraint("channel IN ('PHONE', 'EMAIL')", name=op.f("password_recoveries_channel_check")),
        sa.CheckConstraint(
            "complete_time IS NULL OR (send_time IS NOT NULL AND candidate_id IS NOT NULL)",
            name=op.f("password_recoveries_sent_before_use_check"),
        ),
        sa.CheckConstraint(
            "num_nulls(address_cipher, address_index, send_time) IN (0, 3)",
            name=op.f("password_recoveries_whole_sending_check"),
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("password_recoveries_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("password_recovery_id", name=op.f("password_recoveries_pkey")),
    )
    op.create_index("password_recoveries_address_idx", "password_recoveries", ["address_index", "send_time"])
    op.create_index(
        "password_recoveries_candidate_idx",
        "password_recoveries",
        ["candidate_id"],
        postgresql_where=sa.text("complete_time IS NULL"),
    )
    op.create_index("password_recoveries_expire_time_idx", "password_recoveries", ["expire_time"])
    op.create_table(
        "phone_changes",
        sa.Column("phone_change_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("new_phone_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("old_phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proofs", postgresql.JSONB(), nullable=False),
        sa.Column("submissions", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submit_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'UNDER_REVIEW', 'APPROVED', 'EFFECTIVE', 'REJECTED', 'EXPIRED')",
            name=op.f("phone_changes_state_check"),
        ),
        sa.CheckConstraint("submissions BETWEEN 0 AND 3", name=op.f("phone_changes_three_submissions_check")),
        sa.CheckConstraint(
            "state <> 'UNDER_REVIEW' OR proofs ?& ARRAY['DOCUMENT_FRONT', 'DOCUMENT_BACK', 'HOLDING_DOCUMENT']",
            name=op.f("phone_changes_three_proofs_check"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('APPROVED', 'EFFECTIVE') OR num_nulls(candidate_id, decide_time, effective_time) = 0",
            name=op.f("phone_changes_decided_check"),
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("phone_changes_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("phone_change_id", name=op.f("phone_changes_pkey")),
    )
    op.create_index(op.f("phone_changes_candidate_id_idx"), "phone_changes", ["candidate_id"])
    op.create_index(
        "phone_changes_images_idx", "phone_changes", ["update_time"], postgresql_where=sa.text("proofs <> '{}'")
    )
    op.create_table(
        "registration_windows",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("registration_windows_pkey")),
    )
