"""Accounts, login names, staff, credentials, login sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "candidates",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("person_index", sa.LargeBinary(), nullable=False),
        sa.Column("name_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("enrolled", sa.Boolean(), nullable=False),
        sa.Column("details_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("details_confirm_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_verify_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_verify_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("portrait_key", sa.Text(), nullable=True),
        sa.Column("portrait_digest", sa.Text(), nullable=True),
        sa.Column("portrait_update_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity_state", sa.Text(), nullable=False),
        sa.Column("mismatches", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("review_case_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("needs_password_change", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "document_type IN ('RESIDENT_CARD', 'MINOR_RESIDENT_CARD', 'HOME_RETURN_PERMIT', 'TAIWAN_PERMIT', "
            "'HMT_RESIDENCE_PERMIT', 'PERMANENT_RESIDENT_CARD')",
            name=op.f("candidates_document_type_check"),
        ),
        sa.CheckConstraint(
            "identity_state IN ('PENDING', 'UNDER_REVIEW', 'VERIFIED', 'REJECTED')",
            name=op.f("candidates_identity_state_check"),
        ),
        sa.CheckConstraint(
            "identity_state NOT IN ('UNDER_REVIEW', 'REJECTED') OR review_case_id IS NOT NULL",
            name=op.f("candidates_has_case_check"),
        ),
        sa.CheckConstraint(
            "mismatches BETWEEN 0 AND 3 AND (mismatches < 3 OR identity_state <> 'PENDING')",
            name=op.f("candidates_three_tries_check"),
        ),
        sa.CheckConstraint(
            "num_nulls(portrait_key, portrait_digest, portrait_update_time) IN (0, 3)",
            name=op.f("candidates_whole_portrait_check"),
        ),
        sa.CheckConstraint(
            "phone_verify_time IS NULL OR phone_cipher IS NOT NULL", name=op.f("candidates_verified_phone_check")
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("candidates_pkey")),
        sa.UniqueConstraint("person_index", name="one_account_per_person"),
    )
    op.create_table(
        "credentials",
        sa.Column("subject_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("credentials_pkey")),
    )
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("request_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("claim_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "method", "request_id", name=op.f("idempotency_pkey")),
    )
    op.create_index(op.f("idempotency_claim_time_idx"), "idempotency", ["claim_time"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("receive_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("inbox_pkey")),
    )
    op.create_index(op.f("inbox_receive_time_idx"), "inbox", ["receive_time"], unique=False)
    op.create_table(
        "login_sessions",
        sa.Column("login_session_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("subject_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('CANDIDATE', 'REVIEWER', 'OPERATOR')", name=op.f("login_sessions_kind_check")),
        sa.PrimaryKeyConstraint("login_session_id", name=op.f("login_sessions_pkey")),
    )
    op.create_index("login_sessions_expire_time_idx", "login_sessions", ["expire_time"], unique=False)
    op.create_index(
        "login_sessions_live_idx",
        "login_sessions",
        ["subject_id", "create_time"],
        unique=False,
        postgresql_where=sa.text("end_time IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("trace", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("outbox_pkey")),
    )
    op.create_index("outbox_due_idx", "outbox", ["destination", "available_time", "seq"], unique=False)
    op.create_index("outbox_order_idx", "outbox", ["destination", "aggregate_id", "seq"], unique=False)
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("needs_password_change", sa.Boolean(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'OPERATOR' OR organisation = 'AUTHORITY'", name=op.f("staff_operators_of_authority_check")
        ),
        sa.CheckConstraint("kind IN ('REVIEWER', 'OPERATOR')", name=op.f("staff_kind_check")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("staff_pkey")),
        sa.UniqueConstraint("login_name", name=op.f("staff_login_name_key")),
    )
    op.create_table(
        "login_names",
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("login_names_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("name_index", name=op.f("login_names_pkey")),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("login_session_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login_session_id"],
            ["login_sessions.login_session_id"],
            name=op.f("refresh_tokens_login_session_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("refresh_tokens_pkey")),
    )
    op.create_index(op.f("refresh_tokens_login_session_id_idx"), "refresh_tokens", ["login_session_id"], unique=False)
